package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
)

// refusal is the error for a CONNECT that gets a CONNACK with a reason.
type refusal struct {
	code packet.Reason
	why  string
}

func (r *refusal) Error() string { return r.why }

func (r *refusal) Unwrap() error { return r.code }

// Limits of AWS IoT Core's message broker for connections.
const (
	maxClientID  = 128  // bytes
	minKeepAlive = 30   // seconds
	maxKeepAlive = 1200 // seconds; also for clients that request no keep-alive
)

// connect decides whether the client may connect, and makes its session.
func (g *Gateway) connect(c *broker.Client, id *identity, p *packet.Connect) (*session, error) {
	if len(p.ClientID) > maxClientID {
		return nil, &refusal{packet.ClientIDNotValid, fmt.Sprintf("client id of %d bytes: allowed are 1 to %d", len(p.ClientID), maxClientID)}
	}
	if !g.connects.AllowN(g.now(), 1) {
		return nil, &refusal{packet.ConnectionRateExceeded, "more connections a second than the limit"}
	}
	if p.Will != nil && p.Will.QoS > 1 {
		return nil, &refusal{packet.QoSNotSupported, "last will of QoS 2"}
	}
	ctx, cancel := context.WithTimeout(g.ending, maxLookup)
	defer cancel()
	s := newSession(g, c, id)
	thing, err := g.registry.Thing(ctx, p.ClientID)
	switch {
	case err == nil:
		s.setThing(&thing)
	case !errors.Is(err, registry.ErrNotFound):
		return nil, &refusal{packet.ServerUnavailable, fmt.Sprintf("look up thing %s: %v", p.ClientID, err)}
	}
	if err := s.authorizeConnect(ctx, p); err != nil {
		var r *refusal
		if errors.As(err, &r) && r.code == packet.NotAuthorized {
			s.announceRefused()
		}
		return nil, err
	}
	return s, nil
}

// authorizeConnect evaluates the policies. It reads them again if they refuse, or if they were read before the certificate became active: a
// registration that has just finished may have attached policies that the snapshot lacks, and later publications depend on all of them.
func (s *session) authorizeConnect(ctx context.Context, p *packet.Connect) error {
	now := time.Now()
	current := s.gateway.registry.Current()
	s.setPolicies(current)
	err := s.decideConnect(p)
	if err == nil && (s.identity.signer != nil || current.Certificates[s.identity.certificate.ID].Status == registry.Active) {
		return nil
	}
	snapshot, failed := s.gateway.registry.Since(ctx, now)
	if failed != nil {
		return err
	}
	s.setPolicies(snapshot)
	return s.decideConnect(p)
}

func (s *session) decideConnect(p *packet.Connect) error {
	arns := s.gateway.arns
	if d := s.mayConnect(p); !d.Allowed {
		return forbidden(policy.Connect, s.clientID, d)
	}
	if p.Will == nil {
		return nil
	}
	topic := p.Will.Topic
	if err := errors.Join(checkTopic(topic), checkReserved(topic)); err != nil {
		return &refusal{packet.TopicNameInvalid, fmt.Sprintf("last will: %v", err)}
	}
	if d := s.may(policy.Publish, arns.Topic(topic)); !d.Allowed {
		return forbidden("last will: "+policy.Publish, topic, d)
	}
	if p.Will.Retain {
		if d := s.may(policy.RetainPublish, arns.Topic(topic)); !d.Allowed {
			return forbidden("last will: "+policy.RetainPublish, topic, d)
		}
	}
	return nil
}

// mayConnect decides on iot:Connect. Its conditions may use fields of the CONNECT packet.
func (s *session) mayConnect(p *packet.Connect) policy.Decision {
	c := s.policyConnection()
	c.ConnectAttributes = connectAttributes(p)
	if p.Will != nil {
		c.LastWillTopic = s.gateway.arns.Topic(p.Will.Topic)
	}
	return s.decide(policy.Request{Action: policy.Connect, Resource: s.gateway.arns.Client(s.clientID), Connection: c})
}

func forbidden(action, what string, d policy.Decision) error {
	return &refusal{packet.NotAuthorized, fmt.Sprintf("%s %s is not allowed: %s", action, what, d.Reason())}
}

// connectAttributes are the values of the condition key iot:ConnectAttributes.
func connectAttributes(p *packet.Connect) []string {
	var out []string
	if p.Will != nil {
		out = append(out, "LastWill")
	}
	if p.SessionExpiry > 0 || p.Version == packet.V311 && !p.CleanStart {
		out = append(out, "PersistentConnect")
	}
	return out
}

// keepAlive limits the requested interval to AWS's bounds, in seconds.
func keepAlive(asked uint16) uint16 {
	if asked == 0 || asked > maxKeepAlive {
		return maxKeepAlive
	}
	return max(asked, minKeepAlive)
}
