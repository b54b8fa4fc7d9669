package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/runtime/sqsbatch"
)

type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

type recorder struct {
	events []presence.Event
	checks []presence.Check
	err    error
}

func (r *recorder) Handle(_ context.Context, e presence.Event) (presence.Outcome, error) {
	r.events = append(r.events, e)
	return presence.Applied, r.err
}

func (r *recorder) Check(_ context.Context, c presence.Check) (presence.Outcome, error) {
	r.checks = append(r.checks, c)
	return presence.Raised, r.err
}

func handle(t *testing.T, r *recorder, log *bytes.Buffer) (events.SQSEventResponse, *kept) {
	t.Helper()
	file, err := os.ReadFile("testdata/disconnected.json")
	require.NoError(t, err)
	var in events.SQSEvent
	require.NoError(t, json.Unmarshal(file, &in))
	logger := slog.New(slog.NewJSONHandler(log, nil))
	k, h := &kept{}, &handler{service: r, log: logger}
	box := &sqsbatch.Handler{Message: h.take, Failures: k, Log: logger, Metrics: log, Now: time.Now, Function: "presence"}
	out, err := box.Handle(t.Context(), in)
	require.NoError(t, err)
	return out, k
}

func TestEventsAndChecksReachTheTrackerAndOtherClientsDoNot(t *testing.T) {
	r, log := &recorder{}, &bytes.Buffer{}
	out, k := handle(t, r, log)
	assert.Empty(t, out.BatchItemFailures)
	require.Len(t, r.events, 1)
	assert.Equal(t, "MQTT_KEEP_ALIVE_TIMEOUT", r.events[0].Reason)
	assert.False(t, r.events[0].ByClient)
	require.Len(t, r.checks, 1)
	require.Len(t, k.envelopes, 1)
	assert.Equal(t, message.SchemaInvalid, k.envelopes[0].Reason)
	assert.Contains(t, log.String(), `"Reason":"not_a_car"`)
	assert.Contains(t, log.String(), `"Reason":"unknown_kind"`)
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001")
}

func TestWhatFailsForNowComesAgain(t *testing.T) {
	out, _ := handle(t, &recorder{err: errors.New("the table is away")}, &bytes.Buffer{})
	assert.Len(t, out.BatchItemFailures, 2)
}
