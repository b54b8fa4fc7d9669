// Package sqsbatch processes batches of SQS messages, for functions that handle each message separately. A message that fails temporarily
// returns to the queue for a retry. A message that can never succeed is rejected, and stored with the reason.
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

// Failures stores rejected messages.
type Failures interface {
	// Keep returns the indexes of the envelopes that could not be stored, and the reason.
	Keep(ctx context.Context, envelopes []ingest.Envelope) ([]int, error)
}

// Handler handles the messages of a queue. Fields without a default are required.
type Handler struct {
	// Message handles a message's body and returns the outcome in one word, for metrics. It must be idempotent, as messages may be
	// delivered twice. If it returns an error that a retry cannot mend (errs.Category.Retry), the message is rejected.
	Message  func(ctx context.Context, body []byte) (outcome string, err error)
	Failures Failures
	Log      *slog.Logger
	Metrics  io.Writer
	Now      func() time.Time
	Function string // name of the function, in metrics
	Metric   string // name of the metric that counts messages by outcome. Default: names.MetricHandled
}

// New returns the Handler of the Lambda function that runs this program.
func New(take func(ctx context.Context, body []byte) (outcome string, err error), failures Failures, log *slog.Logger) *Handler {
	return &Handler{Message: take, Failures: failures, Log: log, Metrics: os.Stdout, Now: time.Now, Function: lambdacontext.FunctionName}
}

// Handle handles the messages of a batch one after the other, and returns those to retry.
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

// reject stores a message with the reason. The detail may contain data of the car, so it is stored but not logged.
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

// sentAt returns the time at which the message entered the queue; zero if the message has no such attribute.
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
