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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
)

type announceFunc func(before, after *alert.Alert) (int, error)

func (f announceFunc) Announce(_ context.Context, before, after *alert.Alert) (int, error) {
	return f(before, after)
}

type deliverFunc func(body []byte) (notification.Result, error)

func (f deliverFunc) Deliver(_ context.Context, body []byte) (notification.Result, error) {
	return f(body)
}

func newHandler() (h *handler, log, metrics *bytes.Buffer) {
	log, metrics = &bytes.Buffer{}, &bytes.Buffer{}
	return &handler{log: slog.New(slog.NewJSONHandler(log, nil)), metrics: metrics, now: time.Now, function: "notify"}, log, metrics
}

func recorded(t *testing.T, file string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	return b
}

// answer returns the response to AWS Lambda.
func answer(t *testing.T, h *handler, in json.RawMessage) string {
	t.Helper()
	out, err := h.handle(t.Context(), in)
	require.NoError(t, err)
	b, err := json.Marshal(out)
	require.NoError(t, err)
	return string(b)
}

func TestChangesOfAlertsAreAnnounced(t *testing.T) {
	h, log, _ := newHandler()
	var announced []*alert.Alert
	h.announcer = announceFunc(func(before, after *alert.Alert) (int, error) {
		assert.Nil(t, before)
		announced = append(announced, after)
		return 1, nil
	})
	assert.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, h, recorded(t, "dynamodb.json")))
	value, threshold := 150.0, 184.0
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	want := &alert.Alert{
		ID: "01M844DF80N3ERX2ZK1D0ZZ4TQ", VIN: "WVWZZZ1JZXW000001", Kind: alert.TyrePressureLow, Severity: alert.High, Status: alert.Open,
		Audience: "manufacturer#acme", DealerID: "d1", FirstAt: noon, LastAt: noon, Count: 1, DedupKey: "tyre_pressure_low",
		Value: &value, Threshold: &threshold, Unit: "kPa", Detail: "Front right at 150 kPa.",
	}
	assert.Equal(t, []*alert.Alert{want}, announced, "threads and what expires are nothing to announce")
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001")
}

func TestAStreamGoesOnFromTheFirstChangeThatFailed(t *testing.T) {
	h, _, _ := newHandler()
	h.announcer = announceFunc(func(_, _ *alert.Alert) (int, error) {
		return 0, errs.As(errs.Throttled, errors.New("the queue is full"))
	})
	assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"100000000000000000002"}]}`, answer(t, h, recorded(t, "dynamodb.json")))
}

func TestAnUnreadableRowHoldsUpNothing(t *testing.T) {
	h, log, metrics := newHandler()
	h.announcer = announceFunc(func(_, _ *alert.Alert) (int, error) {
		t.Error("there is nothing to announce")
		return 0, nil
	})
	in := bytes.ReplaceAll(recorded(t, "dynamodb.json"), []byte("2026-11-23T12:00:00.000Z"), []byte("yesterday"))
	assert.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, h, in))
	assert.Contains(t, log.String(), "unreadable row")
	assert.Contains(t, metrics.String(), `"Reason":"unreadable"`)
}

func TestDeliveriesAreDoneEachForItself(t *testing.T) {
	h, log, metrics := newHandler()
	results := []struct {
		result notification.Result
		err    error
	}{
		{notification.Result{Channel: notification.Topic, Outcome: notification.Sent}, nil},
		{notification.Result{}, errs.As(errs.Unavailable, errors.New("the table is away"))},
		{notification.Result{Channel: notification.Email, Outcome: notification.Failed, Reason: errors.New("refused for good")}, nil},
	}
	call := 0
	h.dispatcher = deliverFunc(func(body []byte) (notification.Result, error) {
		assert.Contains(t, string(body), `"channel":"topic"`)
		call++
		return results[call-1].result, results[call-1].err
	})
	var event struct{ Records []map[string]any }
	require.NoError(t, json.Unmarshal(recorded(t, "sqs.json"), &event))
	for n := range 2 {
		again := map[string]any{}
		for k, v := range event.Records[0] {
			again[k] = v
		}
		again["messageId"] = []string{"second", "third"}[n]
		event.Records = append(event.Records, again)
	}
	in, err := json.Marshal(event)
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[{"itemIdentifier":"second"}]}`, answer(t, h, in))
	for _, want := range []string{`"Reason":"sent"`, `"Reason":"handed_back"`, `"Reason":"failed"`, `"Channel":"email"`, `"Deliveries":1`} {
		assert.Contains(t, metrics.String(), want)
	}
	assert.Contains(t, log.String(), "refused for good")
}

func TestRealDeliveryCanBeRead(t *testing.T) {
	h, _, metrics := newHandler()
	vehicles := &memory.Vehicles{}
	require.NoError(t, vehicles.PutVehicle(t.Context(), vehicle.Vehicle{VIN: "WVWZZZ1JZXW000001", Manufacturer: "acme"}))
	h.dispatcher = &notification.Dispatcher{Ledger: done{}, Vehicles: vehicles, Now: time.Now}
	assert.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, h, recorded(t, "sqs.json")))
	assert.Contains(t, metrics.String(), `"Reason":"duplicate"`)
}

// done is a Ledger in which every delivery is done.
type done struct{ notification.Ledger }

func (done) Lease(context.Context, string, time.Time, time.Duration) (notification.LeaseState, error) {
	return notification.Done, nil
}

func TestWhatThereIsNoTimeForGoesBack(t *testing.T) {
	for file, want := range map[string]string{"dynamodb.json": "100000000000000000001", "sqs.json": "3d6e8a2c"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // less than the time that the handler reserves
		defer cancel()
		h, _, _ := newHandler()
		out, err := h.handle(ctx, recorded(t, file))
		require.NoError(t, err)
		require.Len(t, out.BatchItemFailures, 1)
		assert.True(t, strings.HasPrefix(out.BatchItemFailures[0].ItemIdentifier, want))
	}
}

func TestOtherEventsAreRefused(t *testing.T) {
	h, _, _ := newHandler()
	for in, says := range map[string]string{
		`{"Records":[{"eventSource":"aws:s3"}]}`: "allowed are those of aws:dynamodb and aws:sqs", `garbage`: "read the event",
	} {
		_, err := h.handle(t.Context(), json.RawMessage(in))
		assert.ErrorContains(t, err, says)
	}
	assert.JSONEq(t, `{"batchItemFailures":[]}`, answer(t, h, json.RawMessage(`{"Records":[]}`)))
}

func TestStartNamesEveryMissingSetting(t *testing.T) {
	names := []string{
		"ALERTS_TABLE", "VEHICLES_TABLE", "GRANTS_TABLE", "PREFERENCES_TABLE", "ONE_TIME_TABLE", "DELIVERY_QUEUE_URL", "FAILURE_QUEUE_URL",
		"APPLICATION", "EVENT_BUS", "USER_POOL_ID", "ALERT_TOPICS",
	}
	for _, name := range names {
		t.Setenv(name, "")
	}
	_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	for _, name := range names {
		assert.ErrorContains(t, err, name+" is not set")
	}
}
