package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/sql"
)

// published passes a client's message to subscribers and rules, and acknowledges it.
func (s *session) published(p *packet.Publish) {
	g := s.gateway
	g.metrics.received.Inc()
	defer g.jobRequest(p.Topic, p.Payload) // runs after the acknowledgement, unless that waits for the rules
	g.shadowRequest(g.work, p.Topic, p.Payload)
	topic, selected := g.engine.Select(p.Topic)
	var kept broker.Kept
	if !strings.HasPrefix(p.Topic, rules.BasicIngest) {
		kept = g.broker.Publish(s.clientID, &p.Message)
	}
	switch {
	case p.QoS == 0 && selected.None():
	case selected.None() && kept.Reached() && s.pipeline.idle():
		s.client.Acknowledge(p.ID)
	default:
		s.pipeline.submit(delivery{message: s.message(topic, &p.Message), selected: selected, packetID: p.ID, kept: kept})
	}
}

// runRules passes a message that needs no acknowledgement through the rules, in the background. From ctx it takes only the number of
// republications.
func (g *Gateway) runRules(ctx context.Context, m sql.Message) {
	var selected rules.Selected
	m.Topic, selected = g.engine.Select(m.Topic)
	if selected.None() {
		return
	}
	work := g.work
	if n, ok := ctx.Value(hops{}).(int); ok {
		work = context.WithValue(work, hops{}, n)
	}
	g.working.start(func() {
		if err := g.engine.Start(work, m, selected).Wait(work); err != nil {
			g.metrics.lost.Inc()
			g.log.Warn("message lost", "topic", m.Topic, "error", err)
		}
	})
}

// publishEvent publishes a message of the gateway itself and waits until the rules' actions have taken it.
func (g *Gateway) publishEvent(ctx context.Context, topic string, payload []byte) error {
	return g.publishLocal(ctx, &packet.Message{Topic: topic, Payload: payload, QoS: 1}, sql.Message{Topic: topic, Payload: payload, AccountID: g.config.Account, At: g.now()})
}

// publishLocal passes a message that does not come from a device to subscribers and rules.
func (g *Gateway) publishLocal(ctx context.Context, p *packet.Message, m sql.Message) error {
	g.shadowRequest(ctx, p.Topic, p.Payload)
	g.jobRequest(p.Topic, p.Payload)
	topic, selected := g.engine.Select(p.Topic)
	var kept broker.Kept
	if !strings.HasPrefix(p.Topic, rules.BasicIngest) {
		kept = g.broker.Publish("", p)
	}
	m.Topic = topic
	started := g.engine.Start(ctx, m, selected)
	if err := errors.Join(started.Wait(ctx), kept.Wait(ctx)); err != nil {
		return fmt.Errorf("publish on %s: %w", p.Topic, err)
	}
	return nil
}

// hops is the context key for the number of republications that led to a message.
type hops struct{}

// maxHops is the largest number of republications, to stop rules that republish to each other forever.
const maxHops = 10

var errLoop = errors.New("rules republish in a loop")

// republish implements the republish action.
func (g *Gateway) republish(ctx context.Context, m actions.Republished) error {
	n, _ := ctx.Value(hops{}).(int)
	if n >= maxHops {
		return actions.Permanent(fmt.Errorf("%w: %d times, last to %s", errLoop, n, m.Topic))
	}
	if rest, ok := strings.CutPrefix(m.Topic, "$$"); ok { // https://docs.aws.amazon.com/iot/latest/developerguide/republish-rule-action.html
		m.Topic = "$" + rest
	}
	if err := errors.Join(checkTopic(m.Topic), checkReserved(m.Topic)); err != nil {
		return actions.Permanent(err)
	}
	p := &packet.Message{
		Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, ContentType: m.Properties.ContentType, ResponseTopic: m.Properties.ResponseTopic,
		CorrelationData: m.Properties.CorrelationData, Expiry: m.Expiry, HasExpiry: m.Expiry > 0,
	}
	if m.Properties.UTF8 {
		p.Format = packet.FormatUTF8
	}
	for _, u := range m.Properties.User {
		p.User = append(p.User, packet.UserProperty{Key: u.Key, Value: u.Value})
	}
	return g.publishLocal(context.WithValue(ctx, hops{}, n+1), p, sql.Message{
		Topic: m.Topic, Payload: m.Payload, Properties: &m.Properties, AccountID: g.config.Account, At: g.now(),
	})
}
