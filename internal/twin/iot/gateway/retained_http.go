package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// retained is a message in the responses of GetRetainedMessage and ListRetainedMessages.
type retained struct {
	Topic            string `json:"topic"`
	Payload          []byte `json:"payload,omitempty"`
	PayloadSize      int    `json:"payloadSize,omitempty"`
	QoS              byte   `json:"qos"`
	LastModifiedTime int64  `json:"lastModifiedTime"` // milliseconds since 1970
	UserProperties   []byte `json:"userProperties,omitempty"`
}

// getRetained implements GetRetainedMessage.
func (g *Gateway) getRetained(w http.ResponseWriter, r *http.Request) {
	topic := r.PathValue("topic")
	found, ok := g.broker.Retained(topic)
	if !ok {
		writeError(w, apiError{http.StatusNotFound, "ResourceNotFoundException", "no retained message on " + topic})
		return
	}
	m := found.Message
	writeJSON(w, http.StatusOK, retained{
		Topic: topic, Payload: m.Payload, QoS: m.QoS, LastModifiedTime: found.At.UnixMilli(), UserProperties: userPropertiesJSON(m.User),
	})
}

// userPropertiesJSON encodes properties as [{"key": "value"}, ...]; nil if there are none.
func userPropertiesJSON(list []packet.UserProperty) []byte {
	if len(list) == 0 {
		return nil
	}
	out := make([]map[string]string, len(list))
	for i, p := range list {
		out[i] = map[string]string{p.Key: p.Value}
	}
	b, _ := json.Marshal(out) // cannot fail: texts always marshal
	return b
}

// maxRetainedPage is the largest page of ListRetainedMessages, and the default.
const maxRetainedPage = 200

// listRetained implements ListRetainedMessages, ordered by topic. The token for the next page is the last topic of this page.
func (g *Gateway) listRetained(w http.ResponseWriter, r *http.Request) {
	q, size := r.URL.Query(), maxRetainedPage
	if text := q.Get("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxRetainedPage {
			writeError(w, badRequest("maxResults %q: allowed are 1 to %d", text, maxRetainedPage))
			return
		}
		size = n
	}
	topics := g.broker.RetainedTopics()
	from, known := slices.BinarySearch(topics, q.Get("nextToken"))
	if known {
		from++
	}
	topics = topics[from:]
	page := topics[:min(size, len(topics))]
	out := map[string]any{"retainedTopics": g.summaries(page)}
	if len(topics) > size {
		out["nextToken"] = page[size-1]
	}
	writeJSON(w, http.StatusOK, out)
}

func (g *Gateway) summaries(topics []string) []retained {
	list := []retained{}
	for _, topic := range topics {
		if found, ok := g.broker.Retained(topic); ok {
			m := found.Message
			list = append(list, retained{Topic: topic, PayloadSize: len(m.Payload), QoS: m.QoS, LastModifiedTime: found.At.UnixMilli()})
		}
	}
	return list
}
