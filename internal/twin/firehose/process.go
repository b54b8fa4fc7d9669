package firehose

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// output collects the results of records.
type output struct {
	rows   map[partition][]byte // lines of JSON
	failed []failure
}

// partition is the values of the partition keys that the function answered with.
type partition struct{ day, hour string }

// failure is a record that goes to the errors: what of, Firehose's code of it, and why.
type failure struct {
	kind, code, message string
	attempts            int
	arrived             time.Time
	data                []byte
}

// Kinds of failures, which are folders of the errors.
const (
	processingFailed = "processing-failed"
	conversionFailed = "format-conversion-failed"
)

// process has the function make rows of a batch. A run that fails after all retries fails its records, as in Firehose.
func (d *Delivery) process(ctx context.Context, batch []Record, out *output) error {
	event, err := json.Marshal(d.event(batch))
	if err != nil {
		return fmt.Errorf("encode %d records for the function: %w", len(batch), err)
	}
	var answers map[string]events.KinesisFirehoseResponseRecord
	attempts := 0
	for err = errNone; err != nil && attempts <= d.Settings.Retries; attempts++ {
		if ctx.Err() != nil {
			return ctx.Err() // records that wait are no failures
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

// errNone is before the first attempt.
var errNone = fmt.Errorf("the function was not run")

// recordID names a record within its batch.
func recordID(r Record, n int) string { return fmt.Sprintf("%s%06d", r.SequenceNumber, n) }

// event is the function's event, as Firehose makes it of records of a Kinesis stream.
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

// maxAnswer is the largest answer of AWS Lambda, and of what Firehose takes.
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

// take sorts an answer for a record by its result.
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
