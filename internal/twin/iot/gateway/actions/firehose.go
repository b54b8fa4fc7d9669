package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
)

type firehoseAPI interface {
	PutRecord(context.Context, *firehose.PutRecordInput, ...func(*firehose.Options)) (*firehose.PutRecordOutput, error)
	PutRecordBatch(context.Context, *firehose.PutRecordBatchInput, ...func(*firehose.Options)) (*firehose.PutRecordBatchOutput, error)
}

// newFirehose writes one record per message or, in batch mode, one for each element of the array that the rule selected.
func (b *Builder) newFirehose(f *fields, a types.FirehoseAction) Action {
	stream, separator := f.template("deliveryStreamName", a.DeliveryStreamName), aws.ToString(a.Separator)
	record := func(data []byte) firehosetypes.Record {
		return firehosetypes.Record{Data: append(data[:len(data):len(data)], separator...)}
	}
	return &single{"FirehoseAction", aws.ToString(a.DeliveryStreamName), b.retry, func(ctx context.Context, in Invocation) error {
		name, err := in.destination(ctx, "deliveryStreamName", stream)
		if err != nil {
			return err
		}
		if !aws.ToBool(a.BatchMode) {
			r := record(in.Output)
			_, err := b.firehose.PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: &name, Record: &r})
			return err
		}
		items, err := elements(in.Output)
		if err != nil {
			return err
		}
		batch := &firehose.PutRecordBatchInput{DeliveryStreamName: &name}
		for _, item := range items {
			batch.Records = append(batch.Records, record(item))
		}
		out, err := b.firehose.PutRecordBatch(ctx, batch)
		if err == nil && aws.ToInt32(out.FailedPutCount) > 0 {
			return fmt.Errorf("%d of %d records were not taken", *out.FailedPutCount, len(items))
		}
		return err
	}}
}

// maxBatch is the largest number of elements in batch mode.
const maxBatch = 500

// elements splits the array for batch mode. It fails if the output is no array or too long.
func elements(output []byte) ([]json.RawMessage, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(output, &items); err != nil {
		return nil, Permanent(errors.New("batch mode needs a rule that makes an array"))
	}
	if len(items) == 0 || len(items) > maxBatch {
		return nil, Permanent(fmt.Errorf("%d elements: batch mode takes 1 to %d", len(items), maxBatch))
	}
	return items, nil
}
