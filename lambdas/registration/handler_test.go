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

	"connectedcar/internal/domain/registration"
	"connectedcar/internal/errs"
)

type registrarFunc func(ctx context.Context, e registration.Event) (registration.Result, error)

func (f registrarFunc) Register(ctx context.Context, e registration.Event) (registration.Result, error) {
	return f(ctx, e)
}

// newHandler also returns the handler's log and metrics.
func newHandler(f registrarFunc) (h *handler, log, metrics *bytes.Buffer) {
	log, metrics = &bytes.Buffer{}, &bytes.Buffer{}
	return &handler{
		registrar: f, log: slog.New(slog.NewJSONHandler(log, nil)), metrics: metrics, now: time.Now, function: "registration",
	}, log, metrics
}

// realEvent returns a recorded event of the queue.
func realEvent(t *testing.T) events.SQSEvent {
	t.Helper()
	b, err := os.ReadFile("testdata/sqs.json")
	require.NoError(t, err)
	var e events.SQSEvent
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func activated(context.Context, registration.Event) (registration.Result, error) {
	return registration.Result{Outcome: registration.Activated, VIN: "WVWZZZ1JZXW000001"}, nil
}

func TestRealEvent(t *testing.T) {
	var got registration.Event
	h, log, metrics := newHandler(func(ctx context.Context, e registration.Event) (registration.Result, error) {
		got = e
		return activated(ctx, e)
	})
	out, err := h.handle(t.Context(), realEvent(t))
	require.NoError(t, err)
	assert.Empty(t, out.BatchItemFailures)
	assert.Equal(t, registration.Event{
		CertificateID:   "8f1c2b7de0a94e5c6d3f8a7b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6a7b8c9",
		CACertificateID: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809",
		At:              time.UnixMilli(1795434000123).UTC(),
	}, got)
	assert.Contains(t, log.String(), `"outcome":"activated"`)
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001", "logs have the VIN redacted")
	assert.Contains(t, metrics.String(), `"Reason":"activated"`)
	assert.Contains(t, metrics.String(), `"Registrations":1`)
}

func TestDenialIsLoggedWithItsReason(t *testing.T) {
	h, log, metrics := newHandler(func(context.Context, registration.Event) (registration.Result, error) {
		return registration.Result{Outcome: registration.Denied, VIN: "WVWZZZ1JZXW000001", Reason: "WVWZZZ1JZXW000001 is revoked"}, nil
	})
	_, err := h.handle(t.Context(), realEvent(t))
	require.NoError(t, err)
	assert.Contains(t, log.String(), `"reason":"WVW**********0001 is revoked"`)
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW000001")
	assert.Contains(t, metrics.String(), `"Reason":"denied"`)
}

func TestFailuresGoBackToTheQueueOneByOne(t *testing.T) {
	good := realEvent(t).Records[0]
	with := func(id, body string) events.SQSMessage { return events.SQSMessage{MessageId: id, Body: body} }
	throttled := strings.Replace(good.Body, "8f1c", "dead", 1)
	h, _, metrics := newHandler(func(ctx context.Context, e registration.Event) (registration.Result, error) {
		if strings.HasPrefix(e.CertificateID, "dead") {
			return registration.Result{}, errs.As(errs.Throttled, errors.New("rate exceeded"))
		}
		return activated(ctx, e)
	})
	out, err := h.handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{
		with("1", good.Body), with("2", "no JSON"), with("3", throttled), with("4", good.Body),
	}})
	require.NoError(t, err)
	assert.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "2"}, {ItemIdentifier: "3"}}, out.BatchItemFailures)
	for _, want := range []string{`"Reason":"failed_invalid"`, `"Reason":"failed_throttled"`, `"Registrations":2`} {
		assert.Contains(t, metrics.String(), want)
	}
}

func TestWhatThereIsNoTimeForGoesBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // less than the time that the handler reserves
	defer cancel()
	h, _, _ := newHandler(func(context.Context, registration.Event) (registration.Result, error) {
		t.Error("there is no time")
		return registration.Result{}, nil
	})
	out, err := h.handle(ctx, realEvent(t))
	require.NoError(t, err)
	assert.Len(t, out.BatchItemFailures, 1)
}

func TestAnswerWithoutFailuresIsAList(t *testing.T) {
	h, _, _ := newHandler(activated)
	out, err := h.handle(t.Context(), events.SQSEvent{})
	require.NoError(t, err)
	b, err := json.Marshal(out)
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[]}`, string(b), "null would count as success too, but says less")
}

func TestStartNamesEveryMissingSetting(t *testing.T) {
	for _, name := range []string{"VEHICLES_TABLE", "CERTIFICATES_TABLE", "ALERTS_TABLE", "DEVICE_POLICIES", "THING_TYPE"} {
		t.Setenv(name, "")
	}
	t.Setenv("CERTIFICATE_AUTHORITIES", "[]")
	_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	for _, want := range []string{"VEHICLES_TABLE is not set", "THING_TYPE is not set", "CERTIFICATE_AUTHORITIES is no such JSON"} {
		assert.ErrorContains(t, err, want)
	}
}

// Errors of every layer contain the VIN; the log has it redacted.
func TestNoErrorIsLoggedWithAVIN(t *testing.T) {
	h, log, _ := newHandler(func(context.Context, registration.Event) (registration.Result, error) {
		return registration.Result{}, errs.As(errs.Unavailable, errors.New("mark WVWZZZ1JZXW000001 registered: PutItem: WVWZZZ1JZXW000002, timeout"))
	})
	_, err := h.handle(t.Context(), realEvent(t))
	require.NoError(t, err)
	assert.Contains(t, log.String(), "mark WVW**********0001 registered: PutItem: WVW**********0002, timeout")
	assert.NotContains(t, log.String(), "WVWZZZ1JZXW00000")
}

// The holder of one manufacturer's CA fills the queue with certificates that are denied: the cars of others are registered all the same.
func TestAnAuthorityWithManyDenialsDoesNotHoldUpTheOthers(t *testing.T) {
	calls := map[string]int{}
	h, _, metrics := newHandler(func(_ context.Context, e registration.Event) (registration.Result, error) {
		calls[e.CACertificateID[:1]]++
		if strings.HasPrefix(e.CACertificateID, "f") {
			return registration.Result{Outcome: registration.Denied}, nil
		}
		return registration.Result{Outcome: registration.Activated}, nil
	})
	now := time.UnixMilli(1795434000123)
	h.now = func() time.Time { return now }
	body := realEvent(t).Records[0].Body
	flood := events.SQSMessage{MessageId: "flood", Body: strings.Replace(body, "1a2b3c4d", "ffffffff", 1)}
	run := func(messages ...events.SQSMessage) {
		t.Helper()
		out, err := h.handle(t.Context(), events.SQSEvent{Records: messages})
		require.NoError(t, err)
		require.Empty(t, out.BatchItemFailures, "a deferred event leaves the queue: the next connection announces it again")
	}
	for range 1_000 {
		run(flood)
	}
	run(flood, events.SQSMessage{MessageId: "honest", Body: body}, flood)
	assert.Equal(t, denialsAtOnce, calls["f"])
	assert.Equal(t, 1, calls["1"])
	assert.Contains(t, metrics.String(), `"Reason":"deferred"`)
	now = now.Add(10 * time.Second)
	for range 100 {
		run(flood)
	}
	assert.Equal(t, denialsAtOnce+10, calls["f"], "one a second")
}
