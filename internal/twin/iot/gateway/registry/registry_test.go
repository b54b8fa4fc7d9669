package registry_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/policy"
)

func named(t *testing.T, name, effect, action string) policy.Named {
	t.Helper()
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"` + action + `","Resource":"*"}]}`))
	require.NoError(t, err)
	return policy.Named{Name: name, Document: d}
}

func TestPoliciesOfCertificateAndGroups(t *testing.T) {
	s := &registry.Snapshot{
		Policies: map[string]policy.Named{"car": named(t, "car", "Allow", "iot:*"), "quarantine": named(t, "quarantine", "Deny", "iot:Publish")},
		Attached: map[string][]string{"cert": {"car", "gone"}, "group": {"quarantine", "car"}},
		Groups:   map[string][]string{"CAR2": {"group"}},
	}
	publish := policy.Request{Action: policy.Publish, Resource: policy.ARNs{Region: "eu-central-1", Account: "000000000000"}.Topic("a")}
	for name, tc := range map[string]struct {
		certificate, thing string
		allowed            bool
	}{
		"the certificate's policy allows":               {"cert", "CAR1", true},
		"the policy of the thing's group denies":        {"cert", "CAR2", false},
		"a certificate without policies may do nothing": {"other", "CAR1", false},
		"a certificate without a thing has its own":     {"cert", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.allowed, s.PoliciesOf(tc.certificate, tc.thing).Decide(publish).Allowed)
		})
	}
}

// source returns preset data, or errors.
type source struct {
	snapshots atomic.Int64
	down      atomic.Pointer[error]
}

func (s *source) err() error {
	if p := s.down.Load(); p != nil {
		return *p
	}
	return nil
}

func (s *source) Snapshot(context.Context) (*registry.Snapshot, error) {
	s.snapshots.Add(1)
	return &registry.Snapshot{Certificates: map[string]registry.Certificate{"id": {ID: "id", Status: registry.Active}}}, s.err()
}

func (s *source) Certificate(_ context.Context, id string) (registry.Certificate, error) {
	return registry.Certificate{ID: id, Status: registry.Revoked}, s.err()
}

func (s *source) Thing(_ context.Context, name string) (registry.Thing, error) {
	return registry.Thing{Name: name, Type: "Vehicle"}, s.err()
}

func (s *source) Register(context.Context, *x509.Certificate, registry.CA) (registry.Certificate, error) {
	return registry.Certificate{}, s.err()
}

func TestWhatWasReadAnswersWhileTheSourceIsAway(t *testing.T) {
	s := &source{}
	var outcome error
	r, err := registry.New(t.Context(), s, func(err error) { outcome = err })
	require.NoError(t, err)
	c, err := r.Certificate(t.Context(), "id")
	require.NoError(t, err)
	assert.Equal(t, registry.Revoked, c.Status, "the source knows better than the snapshot")
	_, err = r.Thing(t.Context(), "CAR1")
	require.NoError(t, err)

	away := errors.New("connection refused")
	s.down.Store(&away)
	c, err = r.Certificate(t.Context(), "id")
	require.NoError(t, err)
	assert.Equal(t, registry.Active, c.Status)
	_, err = r.Certificate(t.Context(), "unknown")
	require.ErrorIs(t, err, away)
	thing, err := r.Thing(t.Context(), "CAR1")
	require.NoError(t, err)
	assert.Equal(t, "Vehicle", thing.Type)
	_, err = r.Thing(t.Context(), "CAR2")
	require.ErrorIs(t, err, away)
	_, err = r.Since(t.Context(), time.Now())
	require.ErrorIs(t, err, away)
	assert.ErrorIs(t, outcome, away)
	assert.NotNil(t, r.Current(), "the last snapshot stays")

	s.down.Store(&registry.ErrNotFound)
	_, err = r.Certificate(t.Context(), "id")
	assert.ErrorIs(t, err, registry.ErrNotFound, "a certificate that was deleted is not taken from the snapshot")
}

func TestSnapshotThatIsNewEnoughIsNotReadAgain(t *testing.T) {
	s := &source{}
	at := time.Now()
	r, err := registry.New(t.Context(), s, func(error) {})
	require.NoError(t, err)
	_, err = r.Since(t.Context(), at)
	require.NoError(t, err)
	assert.Equal(t, int64(1), s.snapshots.Load())
	_, err = r.Since(t.Context(), time.Now())
	require.NoError(t, err)
	assert.Equal(t, int64(2), s.snapshots.Load())
}

func TestClientIDsThatNameNoThingAreNotAsked(t *testing.T) {
	source := registry.NewAWS(aws.Config{Region: "eu-central-1", HTTPClient: refuse{t}})
	for _, name := range []string{"a.b", "thing#1", "a b", "a/b", "ü", strings.Repeat("x", 129)} {
		_, err := source.Thing(t.Context(), name)
		assert.ErrorIs(t, err, registry.ErrNotFound, name)
	}
}

// refuse fails the test on any call.
type refuse struct{ t *testing.T }

func (r refuse) Do(*http.Request) (*http.Response, error) {
	r.t.Error("the control plane was asked")
	return nil, http.ErrServerClosed
}
