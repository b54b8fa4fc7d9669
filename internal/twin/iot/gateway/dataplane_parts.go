package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"
)

func badRequest(format string, args ...any) error {
	return apiError{http.StatusBadRequest, "InvalidRequestException", fmt.Sprintf(format, args...)}
}

// userProperties reads base64 of [{"key": "value"}, ...].
func userProperties(text string) ([]packets.UserProperty, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, badRequest("user properties are not base64")
	}
	var list []map[string]string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, badRequest("user properties are not an array of JSON objects with texts")
	}
	var out []packets.UserProperty
	for _, object := range list {
		for k, v := range object {
			out = append(out, packets.UserProperty{Key: k, Val: v})
		}
	}
	return out, nil
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return host
}

// retained is a message in the answers of GetRetainedMessage and ListRetainedMessages.
type retained struct {
	Topic            string `json:"topic"`
	Payload          []byte `json:"payload,omitempty"`
	PayloadSize      int    `json:"payloadSize,omitempty"`
	QoS              byte   `json:"qos"`
	LastModifiedTime int64  `json:"lastModifiedTime"` // milliseconds since 1970
}

func (g *Gateway) getRetained(w http.ResponseWriter, r *http.Request) {
	topic := r.PathValue("topic")
	pk, ok := g.broker.Topics.Retained.Get(topic)
	if !ok {
		writeError(w, apiError{http.StatusNotFound, "ResourceNotFoundException", "no retained message on " + topic})
		return
	}
	writeJSON(w, http.StatusOK, retained{Topic: topic, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, LastModifiedTime: pk.Created * 1000})
}

func (g *Gateway) listRetained(w http.ResponseWriter, _ *http.Request) {
	list := []retained{}
	for topic, pk := range g.broker.Topics.Retained.GetAll() {
		if topic[0] == '$' {
			continue // the broker's own
		}
		list = append(list, retained{Topic: topic, PayloadSize: len(pk.Payload), QoS: pk.FixedHeader.Qos, LastModifiedTime: pk.Created * 1000})
	}
	slices.SortFunc(list, func(a, b retained) int { return strings.Compare(a.Topic, b.Topic) })
	writeJSON(w, http.StatusOK, map[string]any{"retainedTopics": list})
}
