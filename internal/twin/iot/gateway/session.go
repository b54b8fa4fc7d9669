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

// session is a connected client: who it is, what it may do, and what it sent that is not settled yet.
type session struct {
	gateway     *Gateway
	client      *broker.Client
	identity    *identity
	clientID    string
	id          string // of this session, for events
	version     uint64 // counts the client id's connections
	connectedAt time.Time
	thing       *policy.Thing // nil: there is none of the client's id
	policies    atomic.Pointer[policy.Set]
	pipeline    pipeline
	publishes   *rate.Limiter
	ended       chan struct{} // closed when the connection ended

	aliases map[uint16]string // topic aliases of the client; used by the reading goroutine alone

	jobs sync.Map // things whose jobs the client listens for

	trace traceIDs
}

func newSession(g *Gateway, cl *broker.Client, id *identity) *session {
	s := &session{gateway: g, client: cl, identity: id, clientID: cl.ID(), connectedAt: time.Now(), ended: make(chan struct{})}
	s.id = s.trace.next()
	s.pipeline.init(s)
	s.publishes = perSecond(g.config.PublishRate)
	return s
}

// setThing takes what the registry knows of the thing with the client's id.
func (s *session) setThing(t *registry.Thing) {
	if t == nil {
		return
	}
	s.thing = &policy.Thing{
		Name: t.Name, Type: t.Type, Attributes: t.Attributes,
		Attached: slices.Contains(t.Principals, s.identity.target()),
	}
}

// setPolicies takes the policies that apply, as the snapshot has them.
func (s *session) setPolicies(snapshot *registry.Snapshot) {
	set := snapshot.PoliciesOf(s.identity.target(), s.groupsOf())
	s.policies.Store(&set)
}

// groupsOf is the thing whose groups' policies apply.
func (s *session) groupsOf() string {
	if s.thing == nil || !s.thing.Attached {
		return ""
	}
	return s.thing.Name
}

// may decides whether the session may do the action on the resource.
func (s *session) may(action, resource string) policy.Decision {
	return s.decide(policy.Request{Action: action, Resource: resource, Connection: s.policyConnection()})
}

// decide asks the AWS IoT policies, and of who signed the IAM policies before.
func (s *session) decide(r policy.Request) policy.Decision {
	if by := s.identity.signer; by != nil {
		if d := by.IAM.Decide(r); !d.Allowed || !by.Attached {
			return d
		}
	}
	return s.policies.Load().Decide(r)
}

// policyConnection has the values of the session's policy variables.
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

// message is a publication of the session as rules see it.
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
