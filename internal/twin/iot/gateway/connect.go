package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/policy"
)

// refusal is a CONNECT that is answered with a reason.
type refusal struct {
	code packets.Code
	why  string
}

func (r *refusal) Error() string { return r.why }

// connack is the reason in the client's version of the protocol.
func (r *refusal) connack(version byte) packets.Code {
	if version == mqtt5 {
		return r.code
	}
	switch r.code {
	case packets.ErrNotAuthorized:
		return packets.Err3NotAuthorized
	case packets.ErrClientIdentifierNotValid:
		return packets.Err3ClientIdentifierNotValid
	}
	return packets.Err3ServerUnavailable
}

// Limits of AWS IoT Core's message broker for connections.
const (
	maxClientID  = 128  // bytes
	minKeepAlive = 30   // seconds
	maxKeepAlive = 1200 // seconds; also for clients that ask for none
)

// connect decides whether the client may connect and makes its session.
func (g *Gateway) connect(cl *mqtt.Client, id *identity, pk *packets.Packet) (*session, error) {
	if len(cl.ID) > maxClientID || !utf8.ValidString(cl.ID) {
		return nil, &refusal{packets.ErrClientIdentifierNotValid, fmt.Sprintf("client id of %d bytes: allowed are 1 to %d, UTF-8", len(cl.ID), maxClientID)}
	}
	if !g.connects.AllowN(g.now(), 1) {
		return nil, &refusal{packets.ErrConnectionRateExceeded, "more connections a second than the limit"}
	}
	if pk.Connect.WillFlag && pk.Connect.WillQos > 1 {
		return nil, &refusal{packets.ErrQosNotSupported, "last will of QoS 2"}
	}
	ctx, cancel := context.WithTimeout(g.ending, maxLookup)
	defer cancel()
	s := newSession(g, cl, id)
	thing, err := g.registry.Thing(ctx, cl.ID)
	switch {
	case err == nil:
		s.setThing(&thing)
	case !errors.Is(err, registry.ErrNotFound):
		return nil, &refusal{packets.ErrServerUnavailable, fmt.Sprintf("look up thing %s: %v", cl.ID, err)}
	}
	if err := s.authorizeConnect(ctx, pk); err != nil {
		var r *refusal
		if errors.As(err, &r) && r.code == packets.ErrNotAuthorized {
			s.announceRefused()
		}
		return nil, err
	}
	keepAlive(cl, pk.Connect.Keepalive)
	return s, nil
}

// authorizeConnect asks the policies. Where they refuse, they are read again: the registration that just ended may be newer
// than what the gateway knows.
func (s *session) authorizeConnect(ctx context.Context, pk *packets.Packet) error {
	now := time.Now()
	s.setPolicies(s.gateway.registry.Current())
	err := s.decideConnect(pk)
	if err == nil {
		return nil
	}
	snapshot, failed := s.gateway.registry.Since(ctx, now)
	if failed != nil {
		return err
	}
	s.setPolicies(snapshot)
	return s.decideConnect(pk)
}

func (s *session) decideConnect(pk *packets.Packet) error {
	arns, attributes := s.gateway.arns, connectAttributes(pk)
	if d := s.may(policy.Connect, arns.Client(s.clientID), attributes...); !d.Allowed {
		return forbidden(policy.Connect, s.clientID, d)
	}
	if !pk.Connect.WillFlag {
		return nil
	}
	topic := pk.Connect.WillTopic
	if err := checkTopic(topic); err != nil {
		return &refusal{packets.ErrTopicNameInvalid, fmt.Sprintf("last will: %v", err)}
	}
	if d := s.may(policy.Publish, arns.Topic(topic)); !d.Allowed {
		return forbidden("last will: "+policy.Publish, topic, d)
	}
	if pk.Connect.WillRetain {
		if d := s.may(policy.RetainPublish, arns.Topic(topic)); !d.Allowed {
			return forbidden("last will: "+policy.RetainPublish, topic, d)
		}
	}
	return nil
}

func forbidden(action, what string, d policy.Decision) error {
	return &refusal{packets.ErrNotAuthorized, fmt.Sprintf("%s %s is not allowed: %s", action, what, d.Reason())}
}

// connectAttributes are the values of the condition key iot:ConnectAttributes.
func connectAttributes(pk *packets.Packet) []string {
	var out []string
	if pk.Connect.WillFlag {
		out = append(out, "LastWill")
	}
	persistent := !pk.Connect.Clean
	if pk.ProtocolVersion == mqtt5 {
		persistent = pk.Properties.SessionExpiryIntervalFlag && pk.Properties.SessionExpiryInterval > 0
	}
	if persistent {
		out = append(out, "PersistentConnect")
	}
	return out
}

// keepAlive keeps the interval within AWS's limits, and tells MQTT 5 clients.
func keepAlive(cl *mqtt.Client, asked uint16) {
	seconds := max(asked, minKeepAlive)
	if asked == 0 || asked > maxKeepAlive {
		seconds = maxKeepAlive
	}
	cl.State.Keepalive, cl.State.ServerKeepalive = seconds, seconds != asked
}
