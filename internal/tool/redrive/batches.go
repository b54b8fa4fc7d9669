package redrive

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// batchAPI lists the calls of Amazon S3 that Batches makes.
type batchAPI interface {
	s3.ListObjectsV2APIClient
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

// Batches is the bucket of batches that failed in the consumers of streams until the last retry. AWS Lambda writes one object per batch,
// with the reason and the whole batch.
type Batches struct {
	API    batchAPI
	Bucket string
	// Streams are the streams whose batches may be in the bucket. Records return only to the stream that they came from.
	Streams []Stream
}

// invocation is an object of the bucket: AWS Lambda's record of a failed batch, with its payload.
type invocation struct {
	RequestContext struct {
		Condition string `json:"condition"` // RetryAttemptsExhausted, for example
	} `json:"requestContext"`
	Payload json.RawMessage `json:"payload"` // the event, as an object or as a string of JSON
}

type streamRecord struct {
	Source  string `json:"eventSourceARN"`
	Kinesis struct {
		PartitionKey string  `json:"partitionKey"`
		Data         []byte  `json:"data"`
		Arrived      float64 `json:"approximateArrivalTimestamp"` // seconds since 1970
	} `json:"kinesis"`
}

// maxObject bounds the size of an object that is read, in bytes: Lambda's payloads have at most 6 MB, and base64 and JSON make them
// longer.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxObject = 32 << 20

// Read decodes AWS Lambda's record of a failed batch. If one of its records cannot go back to the stream, none does.
func (b Batches) Read(f Failure) Item {
	i, records, err := decodeBatch([]byte(f.Body))
	if err != nil {
		return stuck("unreadable", "the object is no failed batch with its payload: %v", err)
	}
	item := Item{Reason: i.RequestContext.Condition}
	for _, r := range records {
		item.IDs = append(item.IDs, idOf(r.Source, r.Kinesis.PartitionKey, string(r.Kinesis.Data)))
		if at := r.arrived(); r.Kinesis.Arrived > 0 && (item.First.IsZero() || at.Before(item.First)) {
			item.First = at
		}
	}
	stream, ok := b.stream(records)
	if !ok {
		item.Stuck = elsewhere
		return item
	}
	item.Again = func(ctx context.Context) error {
		for _, r := range records {
			if err := stream.Put(ctx, r.Kinesis.PartitionKey, r.Kinesis.Data); err != nil {
				return err
			}
		}
		return nil
	}
	return item
}

// arrived returns the time at which the record entered the stream.
func (r streamRecord) arrived() time.Time {
	const milliseconds = 1000 // per second; Kinesis counts seconds, with a fraction
	return time.UnixMilli(int64(r.Kinesis.Arrived * milliseconds)).UTC()
}

// elsewhere is the reason for not bringing a batch back: another environment's stream.
const elsewhere = "the batch is of no stream of this environment"

// stream returns the stream that all of the records came from.
func (b Batches) stream(records []streamRecord) (Stream, bool) {
	for _, s := range b.Streams {
		other := func(r streamRecord) bool { return !strings.HasSuffix(r.Source, ":stream/"+s.Name) }
		if !slices.ContainsFunc(records, other) {
			return s, true
		}
	}
	return Stream{}, false
}

// batchFolder is the prefix under which AWS Lambda writes batches.
// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
const batchFolder = "aws/lambda/"

// each calls f for every batch, at most limit (0: all), and deletes the batches for which f returns true.
func (b Batches) each(ctx context.Context, limit int, f func(Failure) (done bool)) error {
	seen := 0
	pages := s3.NewListObjectsV2Paginator(b.API, &s3.ListObjectsV2Input{Bucket: &b.Bucket, Prefix: aws.String(batchFolder)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list bucket %s: %w", b.Bucket, err)
		}
		for _, o := range page.Contents {
			if limit > 0 && seen >= limit {
				return nil
			}
			seen++
			text, err := b.read(ctx, aws.ToString(o.Key))
			if err != nil {
				return err
			}
			if !f(Failure{Body: string(text), SentAt: aws.ToTime(o.LastModified).UTC()}) {
				continue
			}
			if _, err := b.API.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Bucket, Key: o.Key}); err != nil {
				return fmt.Errorf("delete batch %s: %w", aws.ToString(o.Key), err)
			}
		}
	}
	return nil
}

func (b Batches) read(ctx context.Context, key string) ([]byte, error) {
	out, err := b.API.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("read batch %s: %w", key, err)
	}
	defer out.Body.Close() // only read, so the error does not matter
	text, err := io.ReadAll(io.LimitReader(out.Body, maxObject))
	if err != nil {
		return nil, fmt.Errorf("read batch %s: %w", key, err)
	}
	return text, nil
}

// decodeBatch decodes an object of the bucket. A batch without records is an error: bringing it back would delete the object and return
// nothing.
func decodeBatch(text []byte) (invocation, []streamRecord, error) {
	var i invocation
	if err := json.Unmarshal(text, &i); err != nil {
		return i, nil, err
	}
	payload := []byte(i.Payload)
	var inner string
	if json.Unmarshal(payload, &inner) == nil {
		payload = []byte(inner)
	}
	var event struct{ Records []streamRecord }
	if err := json.Unmarshal(payload, &event); err != nil {
		return i, nil, err
	}
	if len(event.Records) == 0 {
		return i, nil, fmt.Errorf("it holds no records")
	}
	for n, r := range event.Records {
		if len(r.Kinesis.Data) == 0 || r.Kinesis.PartitionKey == "" {
			return i, nil, fmt.Errorf("record %d has no data or partition key", n)
		}
	}
	return i, event.Records, nil
}
