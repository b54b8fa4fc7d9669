package gateway_test

import (
	"context"
	"crypto/x509"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/twin/iot/gateway/actions"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/twin/iot/sql"
)

const (
	account = "000000000000"
	region  = "eu-central-1"
)

// memory is an IoT registry in memory.
type memory struct {
	mu           sync.Mutex
	certificates map[string]registry.Certificate
	cas          map[string]registry.CA
	policies     map[string]policy.Named
	attached     map[string][]string
	groups       map[string][]string
	things       map[string]registry.Thing
	rules        map[string]registry.Rule
	failing      error
}

func newMemory() *memory {
	return &memory{
		certificates: map[string]registry.Certificate{}, cas: map[string]registry.CA{}, policies: map[string]policy.Named{},
		attached: map[string][]string{}, groups: map[string][]string{}, things: map[string]registry.Thing{}, rules: map[string]registry.Rule{},
	}
}

func (m *memory) do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func (m *memory) Snapshot(context.Context) (*registry.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return nil, m.failing
	}
	s := &registry.Snapshot{
		Certificates: maps.Clone(m.certificates), CAs: maps.Clone(m.cas), Policies: maps.Clone(m.policies),
		Attached: map[string][]string{}, Groups: map[string][]string{},
	}
	for k, v := range m.attached {
		s.Attached[k] = slices.Clone(v)
	}
	for k, v := range m.groups {
		s.Groups[k] = slices.Clone(v)
	}
	for _, name := range slices.Sorted(maps.Keys(m.rules)) {
		s.Rules = append(s.Rules, m.rules[name])
	}
	return s, nil
}

func (m *memory) Certificate(_ context.Context, id string) (registry.Certificate, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return registry.Certificate{}, m.failing
	}
	c, ok := m.certificates[id]
	if !ok {
		return c, registry.ErrNotFound
	}
	return c, nil
}

func (m *memory) Thing(_ context.Context, name string) (registry.Thing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return registry.Thing{}, m.failing
	}
	t, ok := m.things[name]
	if !ok {
		return t, registry.ErrNotFound
	}
	return t, nil
}

func (m *memory) Register(_ context.Context, c *x509.Certificate, ca registry.CA) (registry.Certificate, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := registry.CertificateID(c)
	if known, ok := m.certificates[id]; ok {
		return known, nil
	}
	made := registry.Certificate{ID: id, ARN: "arn:aws:iot:" + region + ":" + account + ":cert/" + id, Status: registry.Pending, CAID: ca.ID}
	m.certificates[id] = made
	return made, nil
}

func (m *memory) status(id string) registry.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.certificates[id].Status
}

func (m *memory) setStatus(id string, s registry.Status) {
	m.do(func() {
		c := m.certificates[id]
		c.Status = s
		m.certificates[id] = c
	})
}

func (m *memory) setPolicy(t testing.TB, name, document string) {
	t.Helper()
	d, err := policy.Parse([]byte(document))
	require.NoError(t, err)
	m.do(func() { m.policies[name] = policy.Named{Name: name, Document: d} })
}

// addCA registers a certificate authority with auto-registration.
func (m *memory) addCA(ca pki.Pair, change ...func(*registry.CA)) registry.CA {
	out := registry.CA{ID: pki.CertificateID(ca.Certificate), Certificate: ca.Certificate, Active: true, AutoRegister: true, SNIOnly: true}
	for _, f := range change {
		f(&out)
	}
	m.do(func() { m.cas[out.ID] = out })
	return out
}

// provision makes the result of a registration: a thing, its certificate attached and active, and a policy.
func (m *memory) provision(car pki.Pair, ca registry.CA, thing, policy string) {
	id := pki.CertificateID(car.Certificate)
	_, _ = m.Register(context.Background(), car.Certificate, ca)
	m.do(func() {
		c := m.certificates[id]
		c.Status = registry.Active
		m.certificates[id] = c
		m.things[thing] = registry.Thing{Name: thing, Type: "Vehicle", Principals: []string{c.ARN}}
		m.attached[c.ARN] = []string{policy}
	})
}

// sinks are the destinations of rule actions in tests, one per function ARN.
type sinks struct {
	mu   sync.Mutex
	byID map[string]*sink
}

// sink records its messages, unless it has an error or blocks.
type sink struct {
	got   chan actions.Invocation
	mu    sync.Mutex
	err   error
	block chan struct{}
}

func (s *sinks) sink(id string) *sink {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*sink{}
	}
	if s.byID[id] == nil {
		s.byID[id] = &sink{got: make(chan actions.Invocation, 1000)}
	}
	return s.byID[id]
}

func (s *sinks) Build(_ *sql.Statement, a types.Action) (actions.Action, error) {
	if a.Lambda == nil {
		return nil, &actions.UnsupportedError{Name: "Test"}
	}
	return &sinkAction{id: *a.Lambda.FunctionArn, sink: s.sink(*a.Lambda.FunctionArn)}, nil
}

func (s *sink) set(err error, block chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.block = err, block
}

type sinkAction struct {
	id   string
	sink *sink
}

func (a *sinkAction) Describe() (action, resource string) { return "LambdaAction", a.id }

func (a *sinkAction) Start(_ context.Context, in actions.Invocation) actions.Wait {
	a.sink.mu.Lock()
	err, block := a.sink.err, a.sink.block
	a.sink.mu.Unlock()
	return func() *actions.Failure {
		if block != nil {
			<-block
		}
		if err != nil {
			return &actions.Failure{Action: "LambdaAction", Resource: a.id, Err: err}
		}
		a.sink.got <- in
		return nil
	}
}

// toSink returns a rule whose action sends to a sink.
func toSink(name, statement, sinkID string) registry.Rule {
	return registry.Rule{Name: name, SQL: statement, Version: "2016-03-23", Actions: []types.Action{{Lambda: &types.LambdaAction{FunctionArn: &sinkID}}}}
}

func withErrorSink(r registry.Rule, sinkID string) registry.Rule {
	r.OnError = &types.Action{Lambda: &types.LambdaAction{FunctionArn: &sinkID}}
	return r
}
