package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/vin"
)

// recomputed records the users whose policies were recomputed, with the cars; it fails for one user.
type recomputed struct {
	cars map[string][]vin.VIN
	fail string
}

func (r *recomputed) Recompute(_ context.Context, userID string, also ...vin.VIN) error {
	if _, twice := r.cars[userID]; twice {
		return errors.New("twice")
	}
	r.cars[userID] = also
	if userID == r.fail {
		return errors.New("rate exceeded")
	}
	return nil
}

func newHandler(fail string) (*handler, *recomputed) {
	r := &recomputed{cars: map[string][]vin.VIN{}, fail: fail}
	return &handler{keeper: r, log: slog.New(slog.DiscardHandler)}, r
}

// event returns a recorded event.
func event(t *testing.T, name string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return b
}

func TestChanges(t *testing.T) {
	const one, two, three vin.VIN = "1ACEV26S0TA000001", "1ACEV26S0TA000002", "1ACEV26S0TA000003"
	for name, tc := range map[string]struct {
		event json.RawMessage
		fail  string
		cars  map[string][]vin.VIN
		want  string
	}{
		"a car's new and old owner; a new name concerns nobody": {
			event(t, "vehicles"), "", map[string][]vin.VIN{"ana": {one}, "ben": {one}}, `{"batchItemFailures":[]}`,
		},
		"grants made, prolonged and expired; each person once": {
			event(t, "grants"), "", map[string][]vin.VIN{"ana": {one, three}, "ben": {two}}, `{"batchItemFailures":[]}`,
		},
		"the changes of whom that fails go back, the others do not": {
			event(t, "grants"), "ana", map[string][]vin.VIN{"ana": {one, three}, "ben": {two}},
			`{"batchItemFailures":[{"itemIdentifier":"222000000000000000000001"},{"itemIdentifier":"222000000000000000000003"}]}`,
		},
		"a row under no VIN concerns nobody": {
			json.RawMessage(strings.ReplaceAll(string(event(t, "grants")), "1ACEV26S0TA00000", "x")), "", map[string][]vin.VIN{}, `{"batchItemFailures":[]}`,
		},
		"an empty batch": {json.RawMessage(`{"Records":[]}`), "", map[string][]vin.VIN{}, `{"batchItemFailures":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			h, r := newHandler(tc.fail)
			out, err := h.handle(t.Context(), tc.event)
			require.NoError(t, err)
			b, err := json.Marshal(out)
			require.NoError(t, err)
			assert.JSONEq(t, tc.want, string(b))
			assert.Equal(t, tc.cars, r.cars)
		})
	}
}

func TestAnAlarmRecomputesItsPerson(t *testing.T) {
	h, r := newHandler("ben")
	_, err := h.handle(t.Context(), json.RawMessage(`{"userId":"ana"}`))
	require.NoError(t, err)
	assert.Contains(t, r.cars, "ana")
	_, err = h.handle(t.Context(), json.RawMessage(`{"userId":"ben"}`))
	require.ErrorContains(t, err, "rate exceeded", "the scheduler tries again")
}

func TestWhatIsNeitherIsAnError(t *testing.T) {
	h, _ := newHandler("")
	for _, in := range []string{`{}`, `[]`, `{"Records":null}`} {
		_, err := h.handle(t.Context(), json.RawMessage(in))
		require.Error(t, err, in)
	}
}

func TestStartNamesEveryMissingSetting(t *testing.T) {
	names := []string{"VEHICLES_TABLE", "GRANTS_TABLE", "PREFERENCES_TABLE", "APPLICATION", "IOT_ARN", "SCHEDULE_GROUP", "SCHEDULE_ROLE"}
	for _, name := range names {
		t.Setenv(name, "")
	}
	_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	for _, name := range names {
		require.ErrorContains(t, err, name+" is not set")
		t.Setenv(name, "Not An Application")
	}
	_, err = wire(t.Context(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "environment variable APPLICATION")
}

func TestAlarmsCallThisFunction(t *testing.T) {
	assert.Empty(t, self(t.Context()))
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{InvokedFunctionArn: "arn:aws:lambda:x"})
	assert.Equal(t, "arn:aws:lambda:x", self(ctx))
}
