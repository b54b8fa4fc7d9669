package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
	"connectedcar/internal/runtime/lambdamain"
)

// announcer creates the deliveries for a change of an alert.
type announcer interface {
	Announce(ctx context.Context, before, after *alert.Alert) (int, error)
}

// dispatcher processes one delivery.
type dispatcher interface {
	Deliver(ctx context.Context, body []byte) (notification.Result, error)
}

type handler struct {
	announcer  announcer
	dispatcher dispatcher
	log        *slog.Logger
	metrics    io.Writer
	now        func() time.Time
	function   string
}

// failure names a record that must be retried. Streams and queues of AWS Lambda have the same form.
type failure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// response reports a batch's failures to AWS Lambda (ReportBatchItemFailures).
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
type response struct {
	BatchItemFailures []failure `json:"batchItemFailures"`
}

// handle processes a batch of changes of alerts, or of due deliveries.
func (h *handler) handle(ctx context.Context, in json.RawMessage) (response, error) {
	ctx, cancel := lambdamain.Reserve(ctx)
	defer cancel()
	var source struct {
		Records []struct {
			EventSource string `json:"eventSource"`
		} `json:"Records"`
	}
	if err := json.Unmarshal(in, &source); err != nil {
		return response{}, fmt.Errorf("read the event: %w", err)
	}
	if len(source.Records) == 0 {
		return response{BatchItemFailures: []failure{}}, nil
	}
	switch from := source.Records[0].EventSource; from {
	case "aws:dynamodb":
		return h.changes(ctx, in)
	case "aws:sqs":
		return h.deliveries(ctx, in)
	default:
		return response{}, fmt.Errorf("events of %.40q: allowed are those of aws:dynamodb and aws:sqs", from)
	}
}

// changes announces changes of alerts. A stream is retried from the first failed record, so that is the only one to report.
func (h *handler) changes(ctx context.Context, in json.RawMessage) (response, error) {
	var batch events.DynamoDBEvent
	if err := json.Unmarshal(in, &batch); err != nil {
		return response{}, fmt.Errorf("read changes: %w", err)
	}
	for _, r := range batch.Records {
		err := ctx.Err()
		if err == nil {
			err = h.change(ctx, r)
		}
		if err != nil {
			h.log.Error("change retried", "sequence_number", r.Change.SequenceNumber, "error", err, "category", errs.Of(err).String())
			return response{BatchItemFailures: []failure{{r.Change.SequenceNumber}}}, nil
		}
	}
	return response{BatchItemFailures: []failure{}}, nil
}

func (h *handler) change(ctx context.Context, r events.DynamoDBEventRecord) error {
	if r.EventName == string(events.DynamoDBOperationTypeRemove) {
		return nil
	}
	before, err := dynamodb.StreamedAlert(r.Change.OldImage)
	if err != nil {
		return h.unreadable(r, err)
	}
	after, err := dynamodb.StreamedAlert(r.Change.NewImage)
	if err != nil {
		return h.unreadable(r, err)
	}
	if after == nil { // the row is a thread, not an alert
		return nil
	}
	n, err := h.announcer.Announce(ctx, before, after)
	if err == nil && n > 0 {
		h.log.Info("alert announced", "alert_id", after.ID, "kind", string(after.Kind), "status", string(after.Status), "deliveries", n)
	}
	return err
}

// flood logs and counts a new alert that is not announced.
func (h *handler) flood(a alert.Alert) {
	h.log.Warn("alert not announced: its car has raised as many as are announced in an hour", "alert_id", a.ID, "kind", string(a.Kind))
	h.report(map[[2]string]int{{"stream", "flood"}: 1})
	line := emf.Line{Namespace: names.MetricNamespace, Values: []emf.Value{{Name: names.MetricAlertsUnannounced, Unit: emf.Count, Value: 1}}}
	if err := line.Write(h.metrics, h.now()); err != nil {
		h.log.Error("metrics lost", "error", err)
	}
}

// unreadable skips a row that cannot be decoded: retrying it would block every alert behind it.
func (h *handler) unreadable(r events.DynamoDBEventRecord, err error) error {
	h.log.Error("unreadable row of the table of alerts", "sequence_number", r.Change.SequenceNumber, "error", err)
	h.report(map[[2]string]int{{"stream", "unreadable"}: 1})
	return nil
}

// deliveries processes due deliveries. Each message succeeds or fails on its own.
func (h *handler) deliveries(ctx context.Context, in json.RawMessage) (response, error) {
	var batch events.SQSEvent
	if err := json.Unmarshal(in, &batch); err != nil {
		return response{}, fmt.Errorf("read deliveries: %w", err)
	}
	out := response{BatchItemFailures: []failure{}}
	counts := map[[2]string]int{}
	for _, m := range batch.Records {
		err := ctx.Err()
		var result notification.Result
		if err == nil {
			result, err = h.dispatcher.Deliver(ctx, []byte(m.Body))
		}
		if err != nil {
			h.log.Error("delivery retried", "message_id", m.MessageId, "error", err, "category", errs.Of(err).String())
			out.BatchItemFailures = append(out.BatchItemFailures, failure{m.MessageId})
			counts[[2]string{string(result.Channel), "handed_back"}]++
			continue
		}
		if result.Reason != nil {
			h.log.Warn("delivery", "message_id", m.MessageId, "channel", string(result.Channel), "outcome", string(result.Outcome), "error", result.Reason)
		}
		counts[[2]string{string(result.Channel), string(result.Outcome)}]++
	}
	h.report(counts)
	return out, nil
}

// report prints one metric line for each channel and outcome.
func (h *handler) report(counts map[[2]string]int) {
	for key, n := range counts {
		channel := key[0]
		if channel == "" {
			channel = "unknown"
		}
		line := emf.Line{
			Namespace: names.MetricNamespace,
			Dimensions: []emf.Dimension{
				{Name: names.DimensionFunction, Value: h.function}, {Name: names.DimensionChannel, Value: channel},
				{Name: names.DimensionReason, Value: key[1]},
			},
			Values: []emf.Value{{Name: names.MetricDeliveries, Unit: emf.Count, Value: float64(n)}},
		}
		if err := line.Write(h.metrics, h.now()); err != nil {
			h.log.Error("metrics lost", "error", err)
		}
	}
}
