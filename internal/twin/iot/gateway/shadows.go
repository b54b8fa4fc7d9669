package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"connectedcar/internal/twin/iot/gateway/shadow"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/sql"
)

// Operations on shadows, spelled as in topics.
const (
	shadowGet    = "get"
	shadowUpdate = "update"
	shadowDelete = "delete"
)

// shadowTopic parses a topic: $aws/things/{thing}/shadow[/name/{name}]/{operation}. It returns false for topics of responses, which have
// more levels.
func shadowTopic(topic string) (k shadow.Key, operation string, ok bool) {
	rest, ok := strings.CutPrefix(topic, thingTopics)
	if !ok {
		return k, "", false
	}
	levels := strings.Split(rest, "/")
	if len(levels) < 3 || levels[1] != "shadow" {
		return k, "", false
	}
	k.Thing, levels = levels[0], levels[2:]
	if levels[0] == "name" && len(levels) == 3 {
		k.Name, levels = levels[1], levels[2:]
	}
	if len(levels) != 1 {
		return k, "", false
	}
	switch levels[0] {
	case shadowGet, shadowUpdate, shadowDelete:
		return k, levels[0], true
	}
	return k, "", false
}

// shadowPrefix is the prefix of a shadow's topics.
func shadowPrefix(k shadow.Key) string {
	if k.Name == "" {
		return thingTopics + k.Thing + "/shadow/"
	}
	return thingTopics + k.Thing + "/shadow/name/" + k.Name + "/"
}

// shadowRequest handles a message on a shadow's topic and publishes the responses.
func (g *Gateway) shadowRequest(ctx context.Context, topic string, payload []byte) {
	k, operation, ok := shadowTopic(topic)
	if !ok {
		return
	}
	if _, bad := g.shadowDo(ctx, k, operation, payload); bad != nil {
		var request struct {
			ClientToken string `json:"clientToken"`
		}
		_ = json.Unmarshal(payload, &request)
		g.announceJSON(ctx, topic+"/rejected", rejection{bad.Code, bad.Message, g.now().Unix(), request.ClientToken})
	}
}

// rejection is the response to a rejected request.
type rejection struct {
	Code        int    `json:"code"`
	Message     string `json:"message"`
	Timestamp   int64  `json:"timestamp"`
	ClientToken string `json:"clientToken,omitempty"`
}

// shadowDo runs an operation and publishes the resulting messages.
func (g *Gateway) shadowDo(ctx context.Context, k shadow.Key, operation string, payload []byte) (shadow.Response, *shadow.Error) {
	prefix := shadowPrefix(k)
	switch operation {
	case shadowUpdate:
		u, bad := g.shadows.Update(k, payload, g.now())
		if bad != nil {
			return shadow.Response{}, bad
		}
		g.announceJSON(ctx, prefix+"update/accepted", u.Accepted)
		if u.Delta != nil {
			g.announceJSON(ctx, prefix+"update/delta", u.Delta)
		}
		g.announceJSON(ctx, prefix+"update/documents", u.Documents)
		return u.Accepted, nil
	case shadowDelete:
		r, bad := g.shadows.Delete(k, payload, g.now())
		if bad == nil {
			g.announceJSON(ctx, prefix+"delete/accepted", r)
		}
		return r, bad
	}
	r, bad := g.shadows.Get(k, payload, g.now())
	if bad == nil {
		g.announceJSON(ctx, prefix+"get/accepted", r)
	}
	return r, bad
}

// announceJSON publishes a message of the gateway to subscribers and rules, and does not wait for the rules' actions.
func (g *Gateway) announceJSON(ctx context.Context, topic string, v any) {
	payload, err := json.Marshal(v)
	if err != nil {
		g.log.Error("encode message", "topic", topic, "error", err)
		return
	}
	g.broker.Publish("", &packet.Message{Topic: topic, Payload: payload, QoS: 1})
	g.runRules(ctx, sql.Message{Topic: topic, Payload: payload, AccountID: g.config.Account, At: g.now()})
}

// thingShadow implements the SQL function get_thing_shadow; nil if the shadow does not exist.
func (g *Gateway) thingShadow(_ context.Context, thing, name, _ string) ([]byte, error) {
	r, bad := g.shadows.Get(shadow.Key{Thing: thing, Name: name}, nil, g.now())
	if bad != nil {
		if bad.Code == 404 {
			return nil, nil
		}
		return nil, errors.New(bad.Message)
	}
	return json.Marshal(r)
}
