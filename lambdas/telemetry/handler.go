package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/contract"
	"connectedcar/internal/fault"
	"connectedcar/internal/ingest"
	"connectedcar/internal/metric"
	"connectedcar/internal/telemetry"
)

// ingester takes batches.
type ingester interface {
	Take(ctx context.Context, records []ingest.Record, now time.Time) ingest.Result
}

type handler struct {
	ingester ingester
	log      *slog.Logger
	metrics  io.Writer
	now      func() time.Time
	function string
}

// reserve is kept of the function's time for answering.
const reserve = 2 * time.Second

// handle takes a batch. The stream goes on from the lowest sequence number that it reports, so it reports the first record that
// failed and no other.
func (h *handler) handle(ctx context.Context, in events.KinesisEvent) (events.KinesisEventResponse, error) {
	ctx, cancel := h.bounded(ctx)
	defer cancel()
	records := make([]ingest.Record, len(in.Records))
	for n, r := range in.Records {
		records[n] = ingest.Record{
			Data: r.Kinesis.Data, PartitionKey: r.Kinesis.PartitionKey, SequenceNumber: r.Kinesis.SequenceNumber,
			ArrivedAt: r.Kinesis.ApproximateArrivalTimestamp.Time,
		}
	}
	result := h.ingester.Take(ctx, records, h.now())
	h.report(len(records), result)
	out := events.KinesisEventResponse{BatchItemFailures: []events.KinesisBatchItemFailure{}}
	if result.FirstFailed >= 0 {
		out.BatchItemFailures = append(out.BatchItemFailures,
			events.KinesisBatchItemFailure{ItemIdentifier: records[result.FirstFailed].SequenceNumber})
	}
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

func (h *handler) report(records int, r ingest.Result) {
	for _, err := range r.Errors {
		h.log.Error("record failed", "error", err, "category", fault.Of(err).String())
	}
	reasons := map[telemetry.Reason]int{}
	for _, q := range r.Quarantined {
		// The detail may hold a position: it is in the queue, not in the log.
		h.log.Warn("message set aside", "reason", string(q.Reason), "sequence_number", q.SequenceNumber)
		reasons[q.Reason]++
	}
	retried := 0
	if r.FirstFailed >= 0 {
		retried = records - r.FirstFailed
		h.log.Warn("batch handed back", "records", records, "from", r.FirstFailed)
	}
	h.print(nil, []metric.Value{
		count(contract.MetricAccepted, r.Counts.Accepted), count(contract.MetricQuarantined, len(r.Quarantined)),
		count(contract.MetricLate, r.Counts.Late), count(contract.MetricImplausible, r.Counts.Implausible),
		count(contract.MetricUnknown, r.Counts.Unknown), count(contract.MetricSamples, r.Counts.Rows),
		count(contract.MetricRetried, retried),
		{Name: contract.MetricLag, Unit: metric.Milliseconds, Value: float64(r.Counts.Lag.Milliseconds())},
	})
	for reason, n := range reasons {
		h.print([]metric.Dimension{{Name: contract.DimensionReason, Value: string(reason)}},
			[]metric.Value{count(contract.MetricQuarantined, n)})
	}
}

func count(name string, n int) metric.Value {
	return metric.Value{Name: name, Unit: metric.Count, Value: float64(n)}
}

func (h *handler) print(more []metric.Dimension, values []metric.Value) {
	line := metric.Line{
		Namespace:  contract.MetricNamespace,
		Dimensions: append([]metric.Dimension{{Name: contract.DimensionFunction, Value: h.function}}, more...),
		Values:     values,
	}
	if err := line.Write(h.metrics, h.now()); err != nil {
		h.log.Error("metrics lost", "error", err)
	}
}
