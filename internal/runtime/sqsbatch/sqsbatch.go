// Package sqsbatch works off batches of messages from a queue, for the functions that take each message for itself: what fails for now
// goes back to the queue, and what can never be taken is rejected with the reason.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
package sqsbatch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
	"connectedcar/internal/runtime/lambdamain"
)

// Failures keeps messages that can never be taken.
type Failures interface {
	// Keep returns the indexes of those that are not kept, and why.
	Keep(ctx context.Context, envelopes []ingest.Envelope) ([]int, error)
}

// Handler handles the messages of a queue. Fields without a default are required.
type Handler struct {
	// Message takes a message's body and says in a word what became of it. It must bear to be called again with the same message. What
	// it fails with for good (errs.Category.Retry) is rejected.
	Message  func(ctx context.Context, body []byte) (outcome string, err error)
	Failures Failures
	Log      *slog.Logger
	Metrics  io.Writer
	Now      func() time.Time
	Function string // name of the function, in metrics
	Metric   string // name of the metric that counts messages by outcome. Default: names.MetricHandled
}

// New makes the inbox of the Lambda function that runs here.
func New(take func(ctx context.Context, body []byte) (outcome string, err error), failures Failures, log *slog.Logger) *Handler {
	return &Handler{Message: take, Failures: failures, Log: log, Metrics: os.Stdout, Now: time.Now, Function: lambdacontext.FunctionName}
}

// Handle takes a batch, one message after the other.
func (b *Handler) Handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	ctx, cancel := lambdamain.Reserve(ctx)
	defer cancel()
	out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	counts := map[string]int{}
	for _, m := range in.Records {
		outcome, err := b.one(ctx, m)
		if err != nil {
			b.Log.Error("message retried", "message_id", m.MessageId, "error", err, "category", errs.Of(err).String())
			outcome = "failed_" + errs.Of(err).String()
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
		counts[outcome]++
	}
	b.report(counts)
	return out, nil
}

func (b *Handler) one(ctx context.Context, m events.SQSMessage) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("before message %s: %w", m.MessageId, err)
	}
	outcome, err := b.Message(ctx, []byte(m.Body))
	if err != nil && !errs.Of(err).Retry() {
		return b.reject(ctx, m, err)
	}
	return outcome, err
}

// reject keeps a message with the reason. The detail may hold what the car sent: it is in the queue, not in the log.
func (b *Handler) reject(ctx context.Context, m events.SQSMessage, why error) (string, error) {
	envelope := ingest.Envelope{
		Reason: message.Reason(errs.Of(why).String()), Detail: why.Error(), Payload: []byte(m.Body), SequenceNumber: m.MessageId,
		ReceivedAt: sentAt(m),
	}
	var rejection *message.Rejection
	if errors.As(why, &rejection) {
		envelope.Reason, envelope.VIN = rejection.Reason, rejection.VIN
	}
	if _, err := b.Failures.Keep(ctx, []ingest.Envelope{envelope}); err != nil {
		return "", fmt.Errorf("keep message %s: %w", m.MessageId, err)
	}
	b.Log.Warn("message rejected", "message_id", m.MessageId, "reason", string(envelope.Reason))
	return string(envelope.Reason), nil
}

// sentAt is the time at which the message entered the queue; zero if the queue gives none.
func sentAt(m events.SQSMessage) time.Time {
	ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// report prints one metric line per outcome.
func (b *Handler) report(counts map[string]int) {
	for outcome, n := range counts {
		line := emf.Line{
			Namespace: names.MetricNamespace,
			Dimensions: []emf.Dimension{
				{Name: names.DimensionFunction, Value: b.Function}, {Name: names.DimensionReason, Value: outcome},
			},
			Values: []emf.Value{{Name: cmp.Or(b.Metric, names.MetricHandled), Unit: emf.Count, Value: float64(n)}},
		}
		if err := line.Write(b.Metrics, b.Now()); err != nil {
			b.Log.Error("metrics lost", "error", err)
		}
	}
}
