package redrive

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// changesAPI lists the calls of Amazon DynamoDB Streams that Followed makes.
type changesAPI interface {
	GetShardIterator(context.Context, *dynamodbstreams.GetShardIteratorInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error)
	GetRecords(context.Context, *dynamodbstreams.GetRecordsInput, ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error)
}

// Followed reads the failures of a function that processes table streams or is called asynchronously. For a batch of changes, AWS Lambda
// records only its position in the stream: Followed reads the changes there, for as long as DynamoDB keeps them, and runs the function
// with them. For an asynchronous call, AWS Lambda records the whole request, and Followed repeats the call.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
type Followed struct {
	Streams  changesAPI
	Function Function
	Others   Source // reads all other messages; nil if there are none
}

// account is AWS Lambda's record of a failed batch or a failed asynchronous call.
// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
type account struct {
	RequestContext struct {
		Condition string `json:"condition"`
	} `json:"requestContext"`
	RequestPayload json.RawMessage `json:"requestPayload"` // of an asynchronous call
	Batch          *position       `json:"DDBStreamBatchInfo"`
}

// position is the range of a batch of changes in a shard.
type position struct {
	ShardID   string `json:"shardId"`
	Start     string `json:"startSequenceNumber"`
	End       string `json:"endSequenceNumber"` // of the last change in the batch
	StreamARN string `json:"streamArn"`
}

func (p position) complete() bool {
	return p.ShardID != "" && p.Start != "" && p.End != "" && p.StreamARN != ""
}

// table returns the name of the stream's table, from its ARN: arn:aws:dynamodb:region:account:table/NAME/stream/TIME.
func (p position) table() string {
	parts := strings.Split(p.StreamARN, "/")
	if len(parts) < 2 {
		return "a table"
	}
	return parts[1]
}

// Read decodes AWS Lambda's record of a failed batch of changes or a failed call, and passes other messages to Others.
func (s Followed) Read(f Failure) Item {
	var a account
	_ = json.Unmarshal([]byte(f.Body), &a) // a message of another kind is left to Others
	switch {
	case a.Batch != nil && a.Batch.complete():
		i := Item{
			Reason: "changes of " + a.Batch.table() + ": " + a.RequestContext.Condition,
			Again:  func(ctx context.Context) error { return s.again(ctx, *a.Batch) },
		}
		if !f.SentAt.IsZero() && time.Since(f.SentAt) > streamRetention {
			i.Again, i.Stuck = nil, errGone.Error()
		}
		return i
	case a.RequestContext.Condition != "" && len(a.RequestPayload) > 0:
		return Item{
			Reason: "call: " + a.RequestContext.Condition,
			Again:  func(ctx context.Context) error { return s.Function.Run(ctx, a.RequestPayload) }, Payload: a.RequestPayload,
		}
	case s.Others != nil:
		return s.Others.Read(f)
	}
	return stuck("unreadable", "the message is no account of AWS Lambda")
}

const (
	atOnce = 20 // changes in a run, as many as in a batch of the stream
	// emptyReads is the number of consecutive empty reads after which the changes count as expired: a shard may have stretches without
	// changes.
	emptyReads = 20
	// streamRetention is the time for which DynamoDB keeps changes. A failure enters the queue later than its changes entered the stream.
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
	streamRetention = 24 * time.Hour
)

var errGone = errors.New("the changes are no longer in the stream, which keeps them for 24 hours")

// again runs the function with all changes of the batch, from p.Start to p.End.
func (s Followed) again(ctx context.Context, p position) error {
	at, err := s.Streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &p.StreamARN, ShardId: &p.ShardID, SequenceNumber: &p.Start, ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber,
	})
	if err != nil {
		return gone(err)
	}
	iterator, empty := at.ShardIterator, 0
	for iterator != nil && empty < emptyReads {
		page, err := s.Streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(atOnce)})
		if err != nil {
			return gone(err)
		}
		records, last := upTo(p, page.Records)
		if err := s.run(ctx, p, records); err != nil {
			return err
		}
		if last {
			return nil
		}
		if empty++; len(page.Records) > 0 {
			empty = 0
		}
		iterator = page.NextShardIterator
	}
	return errGone
}

// gone returns errGone if err means that the changes have left the stream: no later attempt can read them.
func gone(err error) error {
	var trimmed *types.TrimmedDataAccessException
	var missing *types.ResourceNotFoundException
	if errors.As(err, &trimmed) || errors.As(err, &missing) {
		return errGone
	}
	return fmt.Errorf("read the changes: %w", err)
}

// upTo returns the records up to the last change of p, and whether that change was reached or passed.
func upTo(p position, records []types.Record) (of []types.Record, last bool) {
	for _, r := range records {
		if r.Dynamodb == nil {
			continue
		}
		order := compareNumbers(aws.ToString(r.Dynamodb.SequenceNumber), p.End)
		if order <= 0 {
			of = append(of, r)
		}
		if order >= 0 {
			return of, true
		}
	}
	return of, false
}

// compareNumbers compares sequence numbers, which are decimal and longer than any integer type.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func (s Followed) run(ctx context.Context, p position, records []types.Record) error {
	if len(records) == 0 {
		return nil
	}
	event := map[string]any{"Records": eventRecords(p, records)}
	payload, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	return s.Function.Run(ctx, payload)
}
