package firehose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// output collects the results for records.
type output struct {
	rows   map[partition][]byte // JSON lines
	failed []failure
}

// partition holds the partition keys that the function returned.
type partition struct{ day, hour string }

// failure is a record for the error prefix, with its kind, Firehose's error code and a message.
type failure struct {
	kind, code, message string
	attempts            int
	arrived             time.Time
	data                []byte
}

// Kinds of failures. Each is a folder under the error prefix.
const (
	processingFailed = "processing-failed"
	conversionFailed = "format-conversion-failed"
)

// process calls the function with a batch of records. If it fails after all retries, all records of the batch become failures, as in
// Firehose.
func (d *Delivery) process(ctx context.Context, batch []Record, out *output) error {
	event, err := json.Marshal(d.event(batch))
	if err != nil {
		return fmt.Errorf("encode %d records for the function: %w", len(batch), err)
	}
	var answers map[string]events.KinesisFirehoseResponseRecord
	attempts := 0
	for err = errNone; err != nil && attempts <= d.Settings.Retries; attempts++ {
		if ctx.Err() != nil {
			return ctx.Err() // the context ended: the records are not failures, they stay in the stream
		}
		answers, err = d.ask(ctx, event)
	}
	for n, r := range batch {
		lost := failure{kind: processingFailed, code: "Lambda.FunctionError", attempts: attempts, arrived: r.ArrivedAt, data: r.Data}
		if err != nil {
			lost.message = err.Error()
			out.failed = append(out.failed, lost)
			continue
		}
		answer, ok := answers[recordID(r, n)]
		out.take(answer, ok, lost)
	}
	return nil
}

// errNone is the error to report if the function was never called.
var errNone = fmt.Errorf("the function was not run")

// recordID is the id of a record within its batch.
func recordID(r Record, n int) string { return fmt.Sprintf("%s%06d", r.SequenceNumber, n) }

// event is the event that Firehose passes to a function for records of a Kinesis stream.
func (d *Delivery) event(batch []Record) events.KinesisFirehoseEvent {
	e := events.KinesisFirehoseEvent{
		InvocationID: newID(), DeliveryStreamArn: "arn:aws:firehose:local:000000000000:deliverystream/" + d.Settings.Name,
		SourceKinesisStreamArn: "arn:aws:kinesis:local:000000000000:stream/" + d.Settings.Stream, Region: "local",
	}
	for n, r := range batch {
		at := events.MilliSecondsEpochTime{Time: r.ArrivedAt}
		e.Records = append(e.Records, events.KinesisFirehoseEventRecord{
			RecordID: recordID(r, n), ApproximateArrivalTimestamp: at, Data: r.Data,
			KinesisFirehoseRecordMetadata: events.KinesisFirehoseRecordMetadata{
				ShardID: r.Shard, PartitionKey: r.PartitionKey, SequenceNumber: r.SequenceNumber, ApproximateArrivalTimestamp: at,
			},
		})
	}
	return e
}

// maxAnswer is the largest response that AWS Lambda sends and Firehose accepts, in bytes.
// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
const maxAnswer = 6 << 20

func (d *Delivery) ask(ctx context.Context, event []byte) (map[string]events.KinesisFirehoseResponseRecord, error) {
	b, err := d.Function.Run(ctx, event)
	if err != nil {
		return nil, err
	}
	if len(b) > maxAnswer {
		return nil, fmt.Errorf("the answer has %d bytes: allowed are %d", len(b), maxAnswer)
	}
	var answer events.KinesisFirehoseResponse
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, fmt.Errorf("decode the function's answer: %w", err)
	}
	byID := make(map[string]events.KinesisFirehoseResponseRecord, len(answer.Records))
	for _, r := range answer.Records {
		byID[r.RecordID] = r
	}
	return byID, nil
}

// take stores the function's result for one record as rows or as a failure. Dropped records are neither.
func (o *output) take(answer events.KinesisFirehoseResponseRecord, answered bool, lost failure) {
	switch {
	case !answered:
		lost.message = "The function did not answer for this record."
	case answer.Result == events.KinesisFirehoseTransformedStateDropped:
		return
	case answer.Result != events.KinesisFirehoseTransformedStateOk:
		lost.message = "The function answered " + answer.Result + "."
	case answer.Metadata.PartitionKeys["day"] == "" || answer.Metadata.PartitionKeys["hour"] == "":
		lost.code, lost.message = "DynamicPartitioning.MetadataExtractionFailed", "The function answered without the partition keys day and hour."
	default:
		if o.rows == nil {
			o.rows = map[partition][]byte{}
		}
		to := partition{answer.Metadata.PartitionKeys["day"], answer.Metadata.PartitionKeys["hour"]}
		o.rows[to] = append(o.rows[to], bytes.TrimRight(answer.Data, "\n")...)
		o.rows[to] = append(o.rows[to], '\n')
		return
	}
	o.failed = append(o.failed, lost)
}
