package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/vin"
)

// ingester processes batches.
type ingester interface {
	Handle(ctx context.Context, records []ingest.Record, now time.Time) ingest.Result
}

type handler struct {
	ingester ingester
	log      *slog.Logger
	metrics  io.Writer
	now      func() time.Time
	function string
}

// handle processes a batch. Lambda retries from the lowest sequence number that is reported as failed, so it reports only the first
// failed record.
func (h *handler) handle(ctx context.Context, in events.KinesisEvent) (events.KinesisEventResponse, error) {
	ctx, cancel := lambdamain.Reserve(ctx)
	defer cancel()
	records := make([]ingest.Record, len(in.Records))
	for n, r := range in.Records {
		records[n] = ingest.Record{
			Data: r.Kinesis.Data, PartitionKey: r.Kinesis.PartitionKey, SequenceNumber: r.Kinesis.SequenceNumber,
			ArrivedAt: r.Kinesis.ApproximateArrivalTimestamp.Time,
		}
	}
	result := h.ingester.Handle(ctx, records, h.now())
	h.report(len(records), result)
	out := events.KinesisEventResponse{BatchItemFailures: []events.KinesisBatchItemFailure{}}
	if result.FirstFailed >= 0 {
		out.BatchItemFailures = append(out.BatchItemFailures,
			events.KinesisBatchItemFailure{ItemIdentifier: records[result.FirstFailed].SequenceNumber})
	}
	return out, nil
}

func (h *handler) report(records int, r ingest.Result) {
	for _, err := range r.Errors {
		h.log.Error("record failed", "error", err, "category", errs.Of(err).String())
	}
	for _, err := range r.Forgotten {
		h.log.Error("stored memory unreadable, the car's baselines and open alerts are forgotten", "error", err)
	}
	suspects, reasons := tally(r.Quarantined)
	for v, s := range suspects {
		// The detail may contain a position: it is in the failure queue, not in the log.
		h.log.Warn("messages quarantined", "vin", v, "count", s.count, "reason", string(s.first.Reason), "sequence_number", s.first.SequenceNumber)
	}
	retried := 0
	if r.FirstFailed >= 0 {
		retried = records - r.FirstFailed
		h.log.Warn("batch retried", "records", records, "from", r.FirstFailed)
	}
	h.print(nil, []emf.Value{
		count(names.MetricAccepted, r.Counts.Accepted), count(names.MetricQuarantined, len(r.Quarantined)),
		count(names.MetricLate, r.Counts.Late), count(names.MetricImplausible, r.Counts.Implausible),
		count(names.MetricUnknown, r.Counts.Unknown), count(names.MetricSamples, r.Counts.Rows),
		count(names.MetricRetried, retried), count(names.MetricSuspects, len(suspects)),
		{Name: names.MetricLag, Unit: emf.Milliseconds, Value: float64(r.Counts.Lag.Milliseconds())},
	})
	for reason, n := range reasons {
		h.print([]emf.Dimension{{Name: names.DimensionReason, Value: string(reason)}},
			[]emf.Value{count(names.MetricQuarantined, n)})
	}
}

// suspect is a car with quarantined messages.
type suspect struct {
	count int
	first ingest.Envelope
}

// tally counts quarantined messages by reason and by car, with its VIN redacted: the log has one line per car, however many it sends.
func tally(quarantined []ingest.Envelope) (map[string]suspect, map[message.Reason]int) {
	suspects, reasons := map[string]suspect{}, map[message.Reason]int{}
	for _, q := range quarantined {
		car := "unknown"
		if v, err := vin.Parse(q.VIN); err == nil {
			car = v.Redacted()
		}
		s, there := suspects[car]
		if !there {
			s.first = q
		}
		s.count++
		suspects[car] = s
		reasons[q.Reason]++
	}
	return suspects, reasons
}

func count(name string, n int) emf.Value {
	return emf.Value{Name: name, Unit: emf.Count, Value: float64(n)}
}

func (h *handler) print(more []emf.Dimension, values []emf.Value) {
	line := emf.Line{
		Namespace:  names.MetricNamespace,
		Dimensions: append([]emf.Dimension{{Name: names.DimensionFunction, Value: h.function}}, more...),
		Values:     values,
	}
	if err := line.Write(h.metrics, h.now()); err != nil {
		h.log.Error("metrics lost", "error", err)
	}
}
