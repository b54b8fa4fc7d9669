package gateway

import (
	"errors"

	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
)

// accept handles a CONNECT packet for the broker.
func (g *Gateway) accept(c *broker.Client, p *packet.Connect) (broker.Accepted, error) {
	conn, ok := c.Conn().(interface{ who() *identity })
	if !ok {
		return broker.Accepted{}, packet.NotAuthorized
	}
	s, err := g.connect(c, conn.who(), p)
	if err != nil {
		return broker.Accepted{}, err
	}
	return broker.Accepted{Peer: s, KeepAlive: keepAlive(p.KeepAlive)}, nil
}

// Publish implements broker.Peer.
func (s *session) Publish(p *packet.Publish) error {
	if err := s.admitPublish(p); err != nil {
		return s.violated(err)
	}
	s.published(p)
	return nil
}

// Subscribe implements broker.Peer.
func (s *session) Subscribe(filters []packet.Filter) error {
	if err := s.admitSubscribe(filters); err != nil {
		return s.violated(err)
	}
	for _, f := range filters {
		s.listenForJobs(f.Topic)
	}
	return nil
}

// violated counts and logs a packet that the client may not send.
func (s *session) violated(err error) error {
	s.gateway.metrics.violations.Inc()
	s.gateway.log.Warn("connection ended", "client_id", s.clientID, "error", err)
	return err
}

// Opened implements broker.Peer.
func (s *session) Opened() { s.gateway.opened(s) }

// Closed implements broker.Peer.
func (s *session) Closed(cause error) {
	var malformed *packet.Error
	if errors.As(cause, &malformed) {
		_ = s.violated(cause)
	}
	s.gateway.closed(s, cause)
}

// MayReceive implements broker.Peer.
func (s *session) MayReceive(topic string) bool {
	return s.may(policy.Receive, s.gateway.arns.Topic(topic)).Allowed
}

// WillDue implements broker.Peer. It publishes a last will to subscribers and rules.
func (s *session) WillDue(m *packet.Message) {
	s.gateway.broker.Publish(s.clientID, m)
	s.gateway.runRules(s.gateway.work, s.message(m.Topic, m))
}

// Changed implements broker.Peer.
func (s *session) Changed(subscribed bool, filters []string) {
	event := "unsubscribed"
	if subscribed {
		event = "subscribed"
	}
	s.announceSubscription(event, filters)
}
