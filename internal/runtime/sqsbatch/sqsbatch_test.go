package sqsbatch_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/runtime/sqsbatch"
)

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

func batch(bodies ...string) events.SQSEvent {
	var in events.SQSEvent
	for _, body := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: "m-" + body, Body: body, Attributes: map[string]string{"SentTimestamp": "1795420801000"}})
	}
	return in
}

func newInbox(k *kept, logs, metrics *bytes.Buffer) *sqsbatch.Handler {
	return &sqsbatch.Handler{
		Message: func(_ context.Context, body []byte) (string, error) {
			switch string(body) {
			case "busy":
				return "", errs.As(errs.Throttled, errors.New("slow down"))
			case "wrong":
				return "", message.Reject(message.SchemaInvalid, "V", errors.New("secret detail"))
			case "denied":
				return "", errs.As(errs.Denied, errors.New("no"))
			}
			return "done", nil
		},
		Failures: k, Log: slog.New(slog.NewJSONHandler(logs, nil)), Metrics: metrics, Function: "f",
		Now: func() time.Time { return time.UnixMilli(1795420802000) },
	}
}

func TestEachMessageIsTakenForItself(t *testing.T) {
	var k kept
	var logs, metrics bytes.Buffer
	out, err := newInbox(&k, &logs, &metrics).Handle(t.Context(), batch("a", "busy", "wrong", "b", "denied"))
	require.NoError(t, err)
	assert.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "m-busy"}}, out.BatchItemFailures)
	at := time.UnixMilli(1795420801000).UTC()
	assert.Equal(t, []ingest.Envelope{
		{Reason: message.SchemaInvalid, Detail: "secret detail", VIN: "V", Payload: []byte("wrong"), SequenceNumber: "m-wrong", ReceivedAt: at},
		{Reason: "denied", Detail: "no", Payload: []byte("denied"), SequenceNumber: "m-denied", ReceivedAt: at},
	}, k.envelopes)
	assert.NotContains(t, logs.String(), "secret detail")
	for _, outcome := range []string{`"Reason":"done"`, `"Reason":"failed_throttled"`, `"Reason":"schema_invalid"`, `"MessagesHandled":2`} {
		assert.Contains(t, metrics.String(), outcome)
	}
}

func TestWhatCannotBeSetAsideComesAgain(t *testing.T) {
	k := kept{err: errors.New("the queue is away")}
	var logs, metrics bytes.Buffer
	out, err := newInbox(&k, &logs, &metrics).Handle(t.Context(), batch("wrong"))
	require.NoError(t, err)
	assert.Equal(t, []events.SQSBatchItemFailure{{ItemIdentifier: "m-wrong"}}, out.BatchItemFailures)
}

func TestWithoutTimeTheRestGoesBack(t *testing.T) {
	var k kept
	var logs, metrics bytes.Buffer
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Second)) // less than the time reserved for the response
	defer cancel()
	out, err := newInbox(&k, &logs, &metrics).Handle(ctx, batch("a", "b"))
	require.NoError(t, err)
	assert.Len(t, out.BatchItemFailures, 2)
}
