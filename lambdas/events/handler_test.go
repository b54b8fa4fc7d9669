package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/testing/memory"
)

type bookFunc func(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)

func (f bookFunc) Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error) {
	return f(ctx, n)
}

// kept is a failure queue in memory.
type kept struct {
	envelopes []ingest.Envelope
	err       error
}

func (k *kept) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	if k.err != nil {
		return []int{0}, k.err
	}
	k.envelopes = append(k.envelopes, e...)
	return nil, nil
}

// newInbox returns the function's handler with that alert service and failure queue.
func newInbox(b event.Alerts, f *kept) (in *sqsbatch.Handler, log, metrics *bytes.Buffer) {
	log, metrics = &bytes.Buffer{}, &bytes.Buffer{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	return inbox(&handler{book: b, log: logger}, f, logger, metrics), log, metrics
}

func realEvent(t *testing.T) events.SQSEvent {
	t.Helper()
	b, err := os.ReadFile("testdata/sqs.json")
	require.NoError(t, err)
	var e events.SQSEvent
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func TestRealEvent(t *testing.T) {
	store, cars := &memory.Alerts{}, &memory.Vehicles{}
	require.NoError(t, cars.PutVehicle(t.Context(), vehicle.Vehicle{VIN: "WVWZZZ1JZXW000001", Manufacturer: "acme"}))
	h, log, metrics := newInbox(alert.NewService(store, cars), &kept{})
	for _, outcome := range []string{"raised", "noted"} { // the second time the alert exists already
		out, err := h.Handle(t.Context(), realEvent(t))
		require.NoError(t, err)
		assert.Empty(t, out.BatchItemFailures)
		assert.Contains(t, metrics.String(), `"Reason":"`+outcome+`"`)
	}
	require.Len(t, store.All(), 1)
	for _, a := range store.All() {
		assert.Equal(t, alert.Crash, a.Kind)
		assert.Equal(t, alert.Critical, a.Severity)
		assert.Equal(t, "manufacturer#acme", a.Audience)
		assert.Equal(t, "The car reports a crash: 62.5 m/s^2.", a.Detail)
		assert.Equal(t, 1, a.Count)
	}
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001", "logs have the VIN redacted")
	assert.NotContains(t, log.String(), "48.1", "and no position")
}

func TestBatch(t *testing.T) {
	good := realEvent(t).Records[0]
	with := func(id, body string) events.SQSMessage {
		m := good
		m.MessageId, m.Body = id, body
		return m
	}
	failures := &kept{}
	calls := 0
	h, log, metrics := newInbox(bookFunc(func(context.Context, alert.Notice) (alert.Alert, bool, error) {
		if calls++; calls == 1 {
			return alert.Alert{}, false, errs.As(errs.Throttled, errors.New("slow down"))
		}
		return alert.Alert{}, true, nil
	}), failures)
	out, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		with("1", good.Body), with("2", "garbage"), with("3", strings.Replace(good.Body, "crash", "flying", 1)), with("4", good.Body),
	}})
	require.NoError(t, err)
	assert.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "1"}}, out.BatchItemFailures)
	require.Len(t, failures.envelopes, 2)
	assert.Equal(t, message.Undecodable, failures.envelopes[0].Reason)
	assert.Equal(t, "garbage", string(failures.envelopes[0].Payload))
	assert.Equal(t, message.SchemaInvalid, failures.envelopes[1].Reason)
	assert.Equal(t, "WVWZZZ1JZXW000001", failures.envelopes[1].VIN)
	assert.Equal(t, time.UnixMilli(1795435201012).UTC(), failures.envelopes[1].ReceivedAt)
	assert.Contains(t, metrics.String(), `"`+names.MetricEvents+`":1`)
	for _, want := range []string{"undecodable", "schema_invalid", "failed_throttled", "raised"} {
		assert.Contains(t, metrics.String(), `"Reason":"`+want+`"`)
	}
	assert.NotContains(t, log.String(), "flying")
}

func TestWhatCannotBeSetAsideComesAgain(t *testing.T) {
	h, _, _ := newInbox(nil, &kept{err: errs.As(errs.Unavailable, errors.New("away"))})
	e := realEvent(t)
	e.Records[0].Body = "garbage"
	out, err := h.Handle(t.Context(), e)
	require.NoError(t, err)
	assert.Len(t, out.BatchItemFailures, 1)
}

func TestWhatThereIsNoTimeForGoesBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	h, _, _ := newInbox(nil, &kept{})
	out, err := h.Handle(ctx, realEvent(t))
	require.NoError(t, err)
	assert.Len(t, out.BatchItemFailures, 1)
}

func TestStartNamesEveryMissingSetting(t *testing.T) {
	required := []string{"ALERTS_TABLE", "VEHICLES_TABLE", "FAILURE_QUEUE_URL"}
	for _, name := range required {
		t.Setenv(name, "")
	}
	_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	for _, name := range required {
		assert.ErrorContains(t, err, name+" is not set")
	}
}
