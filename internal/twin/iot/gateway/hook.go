package gateway

import (
	"bytes"
	"errors"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook answers the broker's questions: it is the broker's hook for authentication and authorisation.
type hook struct {
	mqtt.HookBase
	gateway *Gateway
}

func (h *hook) ID() string { return "gateway" }

// Provides implements mqtt.Hook.
func (h *hook) Provides(b byte) bool {
	return bytes.Contains([]byte{
		mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablished, mqtt.OnDisconnect,
		mqtt.OnPacketRead, mqtt.OnPublish, mqtt.OnWillSent, mqtt.OnSubscribed, mqtt.OnUnsubscribed,
	}, []byte{b})
}

// sessionOf is the session of a connected device; nil for the gateway's own clients and before CONNECT.
func sessionOf(cl *mqtt.Client) *session {
	if c, ok := cl.Net.Conn.(*deviceConn); ok {
		return c.session
	}
	return nil
}

// OnConnect decides whether the client may connect. An error ends the connection.
func (h *hook) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	conn, ok := cl.Net.Conn.(*deviceConn)
	if !ok {
		return packets.ErrNotAuthorized
	}
	s, err := h.gateway.connect(cl, conn.identity, &pk)
	if err == nil {
		conn.session = s
		return nil
	}
	h.gateway.refused(cl.Net.Conn.RemoteAddr(), err)
	var refusal *refusal
	if errors.As(err, &refusal) {
		_ = h.gateway.broker.SendConnack(cl, refusal.connack(cl.Properties.ProtocolVersion), false, nil)
	}
	return err
}

// OnConnectAuthenticate: the TLS handshake and OnConnect did.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, _ packets.Packet) bool {
	return sessionOf(cl) != nil
}

// OnSessionEstablished makes the session known.
func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	if s := sessionOf(cl); s != nil {
		h.gateway.opened(s)
	}
}

// OnDisconnect ends the session.
func (h *hook) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	if s := sessionOf(cl); s != nil {
		h.gateway.closed(s, err)
	}
}

// OnACLCheck decides on deliveries. What clients send is decided as it is read, where a refusal can end the connection.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	s := sessionOf(cl)
	if s == nil || write {
		return s != nil // a persistent session without connection gets its messages checked when it is back
	}
	return s.expected(topic) || s.mayReceive(topic)
}

// OnPacketRead polices what the client sends.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	s := sessionOf(cl)
	if s == nil {
		return pk, nil
	}
	var err error
	switch pk.FixedHeader.Type {
	case packets.Publish:
		err = s.admitPublish(&pk)
	case packets.Subscribe:
		err = s.admitSubscribe(&pk)
	}
	if err == nil {
		return pk, nil
	}
	h.gateway.metrics.violations.Inc()
	h.gateway.log.Warn("connection ended", "client_id", s.clientID, "error", err)
	code := packets.ErrProtocolViolation
	var v *violation
	if errors.As(err, &v) {
		code = v.code
	}
	s.disconnect(code)
	return pk, packets.ErrRejectPacket
}

// OnPublish takes the message through the rules. The broker acknowledges and passes on only what meets no rule.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	s := sessionOf(cl)
	if s == nil {
		return pk, nil
	}
	if s.published(&pk) {
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnWillSent takes a last will through the rules.
func (h *hook) OnWillSent(cl *mqtt.Client, pk packets.Packet) {
	if s := sessionOf(cl); s != nil {
		h.gateway.runRules(s.message(pk.TopicName, &pk))
	}
}

// OnSubscribed announces what the client subscribed to.
func (h *hook) OnSubscribed(cl *mqtt.Client, pk packets.Packet, reasonCodes []byte) {
	s := sessionOf(cl)
	if s == nil {
		return
	}
	var topics []string
	for i, f := range pk.Filters {
		if i < len(reasonCodes) && reasonCodes[i] < packets.ErrUnspecifiedError.Code {
			topics = append(topics, f.Filter)
		}
	}
	s.announceSubscription("subscribed", topics)
}

// OnUnsubscribed announces what the client unsubscribed from, not what ends with its session.
func (h *hook) OnUnsubscribed(cl *mqtt.Client, pk packets.Packet) {
	s := sessionOf(cl)
	if s == nil || pk.PacketID == 0 {
		return
	}
	topics := make([]string, len(pk.Filters))
	for i, f := range pk.Filters {
		topics[i] = f.Filter
	}
	s.announceSubscription("unsubscribed", topics)
}
