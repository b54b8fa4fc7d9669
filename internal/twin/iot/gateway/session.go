package gateway

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/twin/iot/sql"
)

// session is a connected client: its identity, its permissions, and its unfinished messages.
type session struct {
	gateway     *Gateway
	client      *broker.Client
	identity    *identity
	clientID    string
	id          string // session id in events
	version     uint64 // number of this connection among those of the client id
	connectedAt time.Time
	thing       *policy.Thing // nil: no thing has the client id as its name
	policies    atomic.Pointer[policy.Set]
	pipeline    pipeline
	publishes   *rate.Limiter
	ended       chan struct{} // closed when the connection has ended

	aliases map[uint16]string // the client's topic aliases; only the reading goroutine uses them

	jobs sync.Map // things whose jobs notifications the client subscribes to

	trace traceIDs
}

func newSession(g *Gateway, cl *broker.Client, id *identity) *session {
	s := &session{gateway: g, client: cl, identity: id, clientID: cl.ID(), connectedAt: time.Now(), ended: make(chan struct{})}
	s.id = s.trace.next()
	s.pipeline.init(s)
	s.publishes = perSecond(g.config.PublishRate)
	return s
}

// setThing sets the thing with the client's id, as the registry has it; nil: none.
func (s *session) setThing(t *registry.Thing) {
	if t == nil {
		return
	}
	s.thing = &policy.Thing{
		Name: t.Name, Type: t.Type, Attributes: t.Attributes,
		Attached: slices.Contains(t.Principals, s.identity.target()),
	}
}

// setPolicies sets the policies of the snapshot that apply to the session.
func (s *session) setPolicies(snapshot *registry.Snapshot) {
	set := snapshot.PoliciesOf(s.identity.target(), s.groupsOf())
	s.policies.Store(&set)
}

// groupsOf is the name of the thing whose groups' policies apply; empty: none.
func (s *session) groupsOf() string {
	if s.thing == nil || !s.thing.Attached {
		return ""
	}
	return s.thing.Name
}

// may decides whether the session may do that action on that resource.
func (s *session) may(action, resource string) policy.Decision {
	return s.decide(policy.Request{Action: action, Resource: resource, Connection: s.policyConnection()})
}

// decide evaluates the AWS IoT policies. For a session with a signer, it evaluates the signer's IAM policies first.
func (s *session) decide(r policy.Request) policy.Decision {
	if by := s.identity.signer; by != nil {
		if d := by.IAM.Decide(r); !d.Allowed || !by.Attached {
			return d
		}
	}
	return s.policies.Load().Decide(r)
}

// policyConnection returns the values of the policy variables for the session.
func (s *session) policyConnection() *policy.Connection {
	c := &policy.Connection{
		ClientID: s.clientID, Thing: s.thing, Certificate: s.identity.attributes, SourceIP: s.identity.sourceIP,
		DomainName: s.identity.serverName, At: s.gateway.now(),
	}
	if s.identity.signer != nil {
		c.Identity = s.identity.signer.Identity
	}
	return c
}

// message converts a publication of the session to the form for rules.
func (s *session) message(topic string, p *packet.Message) sql.Message {
	m := sql.Message{
		Topic: topic, Payload: p.Payload, ClientID: s.clientID, Principal: s.identity.name(),
		SourceIP: s.identity.sourceIP.String(), TraceID: s.trace.next(), AccountID: s.gateway.config.Account, At: s.gateway.now(),
	}
	if s.client.Version() == packet.V5 {
		m.Properties = propertiesOf(p)
	}
	return m
}

func propertiesOf(p *packet.Message) *sql.Properties {
	out := &sql.Properties{
		UTF8: p.Format == packet.FormatUTF8, ContentType: p.ContentType,
		ResponseTopic: p.ResponseTopic, CorrelationData: p.CorrelationData,
	}
	for _, u := range p.User {
		out.User = append(out.User, sql.UserProperty{Key: u.Key, Value: u.Value})
	}
	return out
}
