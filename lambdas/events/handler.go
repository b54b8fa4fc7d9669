package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
)

// failures keeps messages that can never be taken.
type failures interface {
	Keep(ctx context.Context, envelopes []ingest.Envelope) ([]int, error)
}

type handler struct {
	book     event.Book
	failures failures
	log      *slog.Logger
	metrics  io.Writer
	now      func() time.Time
	function string
}

// reserve is kept of the function's time for answering.
const reserve = 2 * time.Second

// handle takes a batch, each message for itself. What fails for now goes back to the queue; what can never be taken is set aside
// with the reason.
func (h *handler) handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	ctx, cancel := h.bounded(ctx)
	defer cancel()
	out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	counts := map[string]int{}
	for _, m := range in.Records {
		outcome, err := h.one(ctx, m)
		if err != nil {
			h.log.Error("event handed back", "message_id", m.MessageId, "error", err, "category", errs.Of(err).String())
			outcome = "failed_" + errs.Of(err).String()
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
		counts[outcome]++
	}
	h.report(counts)
	return out, nil
}

// bounded ends the work a little before the function is ended.
func (h *handler) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

func (h *handler) one(ctx context.Context, m events.SQSMessage) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("before message %s: %w", m.MessageId, err)
	}
	received, err := event.Decode([]byte(m.Body))
	if err != nil {
		return h.setAside(ctx, m, err)
	}
	outcome, err := event.Alarm(ctx, h.book, received)
	if err != nil && !errs.Of(err).Retry() {
		return h.setAside(ctx, m, err)
	}
	if outcome == event.Raised {
		h.log.Info("alert raised", "kind", string(received.Kind), "vin", received.VIN.Redacted(), "id", received.ID)
	}
	return string(outcome), err
}

// setAside keeps a message with the reason. The detail may hold what the car sent: it is in the queue, not in the log.
func (h *handler) setAside(ctx context.Context, m events.SQSMessage, why error) (string, error) {
	envelope := ingest.Envelope{
		Reason: message.Reason(errs.Of(why).String()), Detail: why.Error(), Payload: []byte(m.Body),
		SequenceNumber: m.MessageId, ReceivedAt: sentAt(m),
	}
	var rejection *message.Rejection
	if errors.As(why, &rejection) {
		envelope.Reason, envelope.VIN = rejection.Reason, rejection.VIN
	}
	if _, err := h.failures.Keep(ctx, []ingest.Envelope{envelope}); err != nil {
		return "", fmt.Errorf("keep message %s: %w", m.MessageId, err)
	}
	h.log.Warn("event set aside", "message_id", m.MessageId, "reason", string(envelope.Reason))
	return string(envelope.Reason), nil
}

// sentAt is the time at which the rule sent the message to the queue; zero if the queue gives none.
func sentAt(m events.SQSMessage) time.Time {
	ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// report prints one metric line per outcome.
func (h *handler) report(counts map[string]int) {
	for outcome, n := range counts {
		line := emf.Line{
			Namespace: names.MetricNamespace,
			Dimensions: []emf.Dimension{
				{Name: names.DimensionFunction, Value: h.function}, {Name: names.DimensionReason, Value: outcome},
			},
			Values: []emf.Value{{Name: names.MetricEvents, Unit: emf.Count, Value: float64(n)}},
		}
		if err := line.Write(h.metrics, h.now()); err != nil {
			h.log.Error("metrics lost", "error", err)
		}
	}
}
