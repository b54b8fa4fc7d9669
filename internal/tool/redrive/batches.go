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

// Batches is the bucket of batches that the consumers of streams gave up on, as AWS Lambda writes them: one object for each batch,
// with why and the whole batch.
type Batches struct {
	API    batchAPI
	Bucket string
	// Streams are those that batches are of: records go back to the one that they came from, and to no other.
	Streams []Stream
}

// invocation is an object of the bucket (Lambda's record of a failed batch, with its payload).
type invocation struct {
	RequestContext struct {
		Condition string `json:"condition"` // RetryAttemptsExhausted, for example
	} `json:"requestContext"`
	Payload json.RawMessage `json:"payload"` // the event, as an object or as a string that holds it
}

type streamRecord struct {
	Source  string `json:"eventSourceARN"`
	Kinesis struct {
		PartitionKey string `json:"partitionKey"`
		Data         []byte `json:"data"`
	} `json:"kinesis"`
}

// maxObject bounds what is read: Lambda's payloads are at most 6 MB, base64 and JSON make them somewhat longer.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxObject = 32 << 20

// List groups the batches by why they failed; Count counts records.
func (b Batches) List(ctx context.Context, limit int) ([]Group, error) {
	groups := map[string]*Group{}
	err := b.each(ctx, limit, func(_ string, at time.Time, i invocation, records []streamRecord, err error) error {
		reason, broken := i.RequestContext.Condition, ""
		if err != nil {
			reason, broken = "unreadable", err.Error()
		} else if _, ok := b.stream(records); !ok {
			reason, broken = reason+" elsewhere", elsewhere
		}
		g := groups[reason]
		if g == nil {
			g = &Group{Reason: reason, Oldest: at, Stuck: broken}
			groups[reason] = g
		}
		g.Count += max(1, len(records))
		if at.Before(g.Oldest) {
			g.Oldest = at
		}
		return nil
	})
	out := make([]Group, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	return out, err
}

// Run puts the records of every batch on the stream again and then deletes the batch. Returned counts records.
func (b Batches) Run(ctx context.Context, o Options) (Result, error) {
	r := Result{Kept: map[string]int{}}
	err := b.each(ctx, o.Max, func(key string, _ time.Time, i invocation, records []streamRecord, err error) error {
		switch {
		case err != nil:
			r.Kept[err.Error()]++
			return nil
		case o.Reason != "" && i.RequestContext.Condition != o.Reason:
			r.Kept["not asked for"] += len(records)
			return nil
		}
		stream, ok := b.stream(records)
		if !ok {
			r.Kept[elsewhere] += len(records)
			return nil
		}
		if o.DryRun {
			r.Returned += len(records)
			return nil
		}
		for _, rec := range records {
			if err := stream.Put(ctx, rec.Kinesis.PartitionKey, rec.Kinesis.Data); err != nil {
				return err
			}
		}
		if _, err := b.API.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.Bucket, Key: &key}); err != nil {
			return fmt.Errorf("delete batch %s that was brought back: %w", key, err)
		}
		r.Returned += len(records)
		return nil
	})
	return r, err
}

// elsewhere is why a batch stays that is of another stream.
const elsewhere = "the batch is of no stream of this environment"

// stream is the source of all of the records.
func (b Batches) stream(records []streamRecord) (Stream, bool) {
	for _, s := range b.Streams {
		other := func(r streamRecord) bool { return !strings.HasSuffix(r.Source, ":stream/"+s.Name) }
		if !slices.ContainsFunc(records, other) {
			return s, true
		}
	}
	return Stream{}, false
}

type visit func(key string, at time.Time, i invocation, records []streamRecord, err error) error

// each calls f for every object, at most limit (0: all), with why it cannot be read if so.
func (b Batches) each(ctx context.Context, limit int, f visit) error {
	seen := 0
	pages := s3.NewListObjectsV2Paginator(b.API, &s3.ListObjectsV2Input{Bucket: &b.Bucket})
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
			i, records, readErr := b.read(ctx, aws.ToString(o.Key))
			if err := f(aws.ToString(o.Key), aws.ToTime(o.LastModified), i, records, readErr); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b Batches) read(ctx context.Context, key string) (invocation, []streamRecord, error) {
	out, err := b.API.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Bucket, Key: &key})
	if err != nil {
		return invocation{}, nil, fmt.Errorf("read batch %s: %w", key, err)
	}
	defer out.Body.Close() // only read
	text, err := io.ReadAll(io.LimitReader(out.Body, maxObject))
	if err != nil {
		return invocation{}, nil, fmt.Errorf("read batch %s: %w", key, err)
	}
	i, records, err := decodeBatch(text)
	if err != nil {
		return i, nil, fmt.Errorf("the object is no failed batch with its payload: %w", err)
	}
	return i, records, nil
}

// decodeBatch reads an object of the bucket. A batch without records is an error: deleting it would lose what it is.
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
