package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

func badRequest(format string, args ...any) error {
	return apiError{http.StatusBadRequest, "InvalidRequestException", fmt.Sprintf(format, args...)}
}

// userProperties reads base64 of [{"key": "value"}, ...].
func userProperties(text string) ([]packet.UserProperty, error) {
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
	var out []packet.UserProperty
	for _, object := range list {
		for k, v := range object {
			out = append(out, packet.UserProperty{Key: k, Value: v})
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
	found, ok := g.broker.Retained(topic)
	if !ok {
		writeError(w, apiError{http.StatusNotFound, "ResourceNotFoundException", "no retained message on " + topic})
		return
	}
	m := found.Message
	writeJSON(w, http.StatusOK, retained{Topic: topic, Payload: m.Payload, QoS: m.QoS, LastModifiedTime: found.At.UnixMilli()})
}

func (g *Gateway) listRetained(w http.ResponseWriter, _ *http.Request) {
	list := []retained{}
	for _, topic := range g.broker.RetainedTopics() {
		if found, ok := g.broker.Retained(topic); ok {
			m := found.Message
			list = append(list, retained{Topic: topic, PayloadSize: len(m.Payload), QoS: m.QoS, LastModifiedTime: found.At.UnixMilli()})
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"retainedTopics": list})
}
