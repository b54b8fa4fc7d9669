package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	fastjson "github.com/go-json-experiment/json" // the successor of encoding/json: it scans an event only once, and decodes base64 in place

	"connectedcar/internal/domain/lake"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/emf"
)

// maxAnswer is the largest response of a function (6 MB, AWS Lambda quotas), less the JSON around the records.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxAnswer = 6*1024*1024 - 1024

// transformer converts batches to rows.
type transformer interface {
	Transform(ctx context.Context, records []lake.Record) ([]lake.Result, error)
}

type handler struct {
	transformer transformer // for Firehose's batches
	activity    transformer // for AWS IoT Analytics' batches
	log         *slog.Logger
	metrics     io.Writer
	now         func() time.Time
	function    string
}

// response is the response to Firehose's data transformation: a record for each one of the event, with its id.
type response struct {
	Records []record `json:"records"`
}

type record struct {
	RecordID string    `json:"recordId"`
	Result   string    `json:"result"` // Ok, Dropped or ProcessingFailed
	Data     []byte    `json:"data,omitempty"`
	Metadata *metadata `json:"metadata,omitempty"`
}

type metadata struct {
	PartitionKeys map[string]string `json:"partitionKeys"`
}

// Invoke implements lambda.Handler: it maps an event's bytes to the response's. It decodes them itself, because a type that accepts both
// forms of the event would have to scan a large event twice.
func (h *handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	out, err := h.take(ctx, event)
	if err != nil {
		return nil, err
	}
	b, err := fastjson.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return b, nil
}

// take processes both forms of events: Firehose sends an object, and AWS IoT Analytics a list of messages.
func (h *handler) take(ctx context.Context, event []byte) (any, error) {
	if bytes.HasPrefix(bytes.TrimLeft(event, " \t\r\n"), []byte("[")) {
		var in []json.RawMessage
		if err := json.Unmarshal(event, &in); err != nil {
			return nil, fmt.Errorf("decode a list of messages: %w", err)
		}
		return h.messages(ctx, in)
	}
	var in events.KinesisFirehoseEvent
	if err := fastjson.Unmarshal(event, &in); err != nil {
		return nil, fmt.Errorf("decode an event of Firehose: %w", err)
	}
	return h.handle(ctx, in)
}

// handle returns a result for every record; after an error Firehose retries the batch, three times by its settings.
func (h *handler) handle(ctx context.Context, in events.KinesisFirehoseEvent) (response, error) {
	records := make([]lake.Record, len(in.Records))
	for n, r := range in.Records {
		source := r.KinesisFirehoseRecordMetadata
		records[n] = lake.Record{
			ID: r.RecordID, Data: r.Data, PartitionKey: source.PartitionKey, SequenceNumber: source.SequenceNumber,
			ArrivedAt: r.ApproximateArrivalTimestamp.Time,
		}
	}
	results, err := h.transformer.Transform(ctx, records)
	if err != nil {
		h.log.Error("batch failed", "error", err, "category", errs.Of(err).String(), "records", len(records))
		return response{}, fmt.Errorf("transform %d records: %w", len(records), err)
	}
	out := response{Records: make([]record, len(results))}
	for n, r := range results {
		out.Records[n] = answer(records[n].ID, r)
	}
	h.report(results)
	return out, nil
}

func answer(id string, r lake.Result) record {
	switch r.Outcome {
	case lake.Stored:
		out := record{RecordID: id, Result: events.KinesisFirehoseTransformedStateOk, Data: r.Rows}
		if r.Day != "" {
			out.Metadata = &metadata{PartitionKeys: map[string]string{"day": r.Day, "hour": r.Hour}}
		}
		return out
	case lake.Unhandled:
		return record{RecordID: id, Result: events.KinesisFirehoseTransformedStateProcessingFailed}
	default: // quarantined or put back to the stream
		return record{RecordID: id, Result: events.KinesisFirehoseTransformedStateDropped}
	}
}

func (h *handler) report(results []lake.Result) {
	var counts [4]int
	rows := 0
	for _, r := range results {
		counts[r.Outcome]++
		rows += r.Count
		if r.Why != nil {
			h.log.Error("record failed", "error", r.Why, "category", errs.Of(r.Why).String())
		}
	}
	count := func(name string, n int) emf.Value {
		return emf.Value{Name: name, Unit: emf.Count, Value: float64(n)}
	}
	line := emf.Line{
		Namespace:  names.MetricNamespace,
		Dimensions: []emf.Dimension{{Name: names.DimensionFunction, Value: h.function}},
		Values: []emf.Value{
			count(names.MetricRows, rows), count(names.MetricQuarantined, counts[lake.SetAside]),
			count(names.MetricPutBack, counts[lake.PutBack]), count(names.MetricLost, counts[lake.Unhandled]),
		},
	}
	if err := line.Write(h.metrics, h.now()); err != nil {
		h.log.Error("metrics lost", "error", err)
	}
}
