package realtime_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/twin/iot/policy"
	"connectedcar/internal/vin"
)

const (
	ana, ben         = "ana", "ben"
	anasID           = "eu-central-1:0a000000-0000-4000-8000-000000000001"
	bensID           = "eu-central-1:0b000000-0000-4000-8000-000000000002"
	one, two vin.VIN = "1ACEV26S0TA000001", "1ACEV26S0TA000002"
	arn              = "arn:aws:iot:eu-central-1:123456789012"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world has tables, AWS IoT and a clock, all in memory.
type world struct {
	*realtime.Service
	cars     map[string][]realtime.Car
	reading  func() // called after the cars were read
	policies map[string]string
	attached map[string][]string
	alarms   map[string]time.Time
	broken   error
}

func newWorld() *world {
	w := &world{
		cars: map[string][]realtime.Car{}, policies: map[string]string{}, attached: map[string][]string{}, alarms: map[string]time.Time{},
		reading: func() {},
	}
	w.Service = &realtime.Service{
		Application: "cars", ARN: arn, Cars: w, Identities: &memory.Identities{}, Policies: store{w}, Alarms: alarms{w},
		Now: func() time.Time { return noon },
	}
	return w
}

func (w *world) CarsOf(_ context.Context, userID string, _ time.Time, _ ...vin.VIN) ([]realtime.Car, error) {
	cars := slices.Clone(w.cars[userID])
	w.reading()
	return cars, nil
}

type alarms struct{ *world }

func (a alarms) Set(_ context.Context, userID string, at time.Time) error {
	a.alarms[userID] = at
	return nil
}

// store stands in for AWS IoT's policies.
type store struct{ *world }

func (s store) Attach(_ context.Context, name, document, identityID string) error {
	if s.broken != nil {
		return s.broken
	}
	s.policies[name] = document
	if !slices.Contains(s.attached[identityID], name) {
		s.attached[identityID] = append(s.attached[identityID], name)
	}
	return nil
}

func (s store) Remove(_ context.Context, name, identityID string) error {
	s.attached[identityID] = slices.DeleteFunc(s.attached[identityID], func(n string) bool { return n == name })
	delete(s.policies, name)
	return nil
}

func (s store) Attached(_ context.Context, identityID string) ([]string, error) {
	return slices.Clone(s.attached[identityID]), nil
}

// may evaluates the policies that are attached to the identity.
func (w *world) may(t *testing.T, identityID, action, resource string) bool {
	t.Helper()
	var set []policy.Named
	for _, name := range w.attached[identityID] {
		document, err := policy.Parse([]byte(w.policies[name]))
		require.NoError(t, err)
		require.Empty(t, document.Unknown())
		require.LessOrEqual(t, len(w.policies[name]), realtime.MaxDocument)
		set = append(set, policy.Named{Name: name, Document: document})
	}
	require.LessOrEqual(t, len(set), realtime.MaxPolicies)
	return policy.NewSet(set...).Decide(policy.Request{
		Action: action, Resource: resource, Connection: &policy.Connection{ClientID: identityID + "-phone", At: noon},
	}).Allowed
}

// hears reports whether the identity receives the car's messages; it fails the test if the right to subscribe differs.
func (w *world) hears(t *testing.T, identityID string, car vin.VIN) bool {
	t.Helper()
	receive := w.may(t, identityID, policy.Receive, arn+":topic/dt/cars/"+string(car)+"/telemetry")
	assert.Equal(t, receive, w.may(t, identityID, policy.Subscribe, arn+":topicfilter/dt/cars/"+string(car)+"/+"))
	return receive
}

// copied returns the world's present policies as text.
func (w *world) copied(t *testing.T) string {
	t.Helper()
	b, err := json.Marshal([]any{w.policies, w.attached})
	require.NoError(t, err)
	return string(b)
}
