package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/twin/iot/sql"
)

// published takes a client's message. It tells whether that is all there is to do: else the broker acknowledges the message and
// passes it to subscribers.
func (s *session) published(pk *packets.Packet) (done bool) {
	g := s.gateway
	g.metrics.received.Inc()
	if strings.HasPrefix(pk.TopicName, thingTopics) {
		g.shadowRequest(pk.TopicName, pk.Payload)
	}
	topic, selected := g.engine.Select(pk.TopicName)
	basicIngest := strings.HasPrefix(pk.TopicName, rules.BasicIngest)
	if !basicIngest && selected.None() && s.pipeline.idle() {
		return false
	}
	d := delivery{message: s.message(topic, pk), selected: selected}
	if pk.FixedHeader.Qos == 0 {
		if !selected.None() {
			s.pipeline.submit(d)
		}
		return basicIngest
	}
	if !basicIngest {
		s.publishAs(*pk)
	}
	d.packetID = pk.PacketID
	s.pipeline.submit(d)
	return true
}

func (s *session) mayReceive(topic string) bool {
	return s.may(policy.Receive, s.gateway.arns.Topic(topic)).Allowed
}

// runRules takes a message that nobody acknowledges through the rules.
func (g *Gateway) runRules(m sql.Message) {
	var selected rules.Selected
	m.Topic, selected = g.engine.Select(m.Topic)
	if selected.None() {
		return
	}
	g.working.start(func() {
		if err := g.engine.Start(g.work, m, selected).Wait(g.work); err != nil {
			g.metrics.lost.Inc()
			g.log.Warn("message lost", "topic", m.Topic, "error", err)
		}
	})
}

// newTwin makes a client that publishes within the broker in the name of that client id.
func (g *Gateway) newTwin(clientID string) *mqtt.Client {
	twin := g.broker.NewClient(nil, "gateway", clientID, true)
	twin.Properties.ProtocolVersion = mqtt5
	return twin
}

// inject passes a message to subscribers and keeps it if it is to be retained.
func (g *Gateway) inject(from *mqtt.Client, pk packets.Packet) {
	pk.PacketID = 0
	if pk.FixedHeader.Qos > 0 {
		pk.PacketID = 1 // the broker wants one and uses it for nothing
	}
	if err := g.broker.InjectPacket(from, pk); err != nil {
		g.log.Error("pass message to subscribers", "topic", pk.TopicName, "error", err)
	}
}

// publishEvent publishes a message of the gateway itself and waits until the rules' actions took it.
func (g *Gateway) publishEvent(ctx context.Context, topic string, payload []byte) error {
	return g.publishLocal(ctx, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: 1}, TopicName: topic, Payload: payload,
	}, sql.Message{Topic: topic, Payload: payload, AccountID: g.config.Account, At: g.now()})
}

// publishLocal passes a message that no device sent to subscribers and through the rules.
func (g *Gateway) publishLocal(ctx context.Context, pk packets.Packet, m sql.Message) error {
	topic, selected := g.engine.Select(pk.TopicName)
	if !strings.HasPrefix(pk.TopicName, rules.BasicIngest) {
		g.inject(g.own, pk)
	}
	if selected.None() {
		return nil
	}
	m.Topic = topic
	if err := g.engine.Start(ctx, m, selected).Wait(ctx); err != nil {
		return fmt.Errorf("publish on %s: %w", pk.TopicName, err)
	}
	return nil
}

// hops counts the republications that led to a message, in its context.
type hops struct{}

// maxHops ends loops of rules that republish to each other.
const maxHops = 10

var errLoop = errors.New("rules republish in a loop")

// republish is the republish action.
func (g *Gateway) republish(ctx context.Context, m actions.Republished) error {
	n, _ := ctx.Value(hops{}).(int)
	if n >= maxHops {
		return actions.Permanent(fmt.Errorf("%w: %d times, last to %s", errLoop, n, m.Topic))
	}
	if err := checkTopic(m.Topic); err != nil {
		return actions.Permanent(err)
	}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: m.QoS}, TopicName: m.Topic, Payload: m.Payload,
		Properties: packets.Properties{
			ContentType: m.Properties.ContentType, ResponseTopic: m.Properties.ResponseTopic,
			CorrelationData: m.Properties.CorrelationData, MessageExpiryInterval: m.Expiry,
		},
	}
	if m.Properties.UTF8 {
		pk.Properties.PayloadFormat, pk.Properties.PayloadFormatFlag = 1, true
	}
	for _, u := range m.Properties.User {
		pk.Properties.User = append(pk.Properties.User, packets.UserProperty{Key: u.Key, Val: u.Value})
	}
	return g.publishLocal(context.WithValue(ctx, hops{}, n+1), pk, sql.Message{
		Topic: m.Topic, Payload: m.Payload, Properties: &m.Properties, AccountID: g.config.Account, At: g.now(),
	})
}
