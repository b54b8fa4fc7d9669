package redrive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/tool/redrive"
)

// shard is a fake shard of a table's stream: an empty page first, then the changes 100, 101 ...
type shard struct {
	changes []types.Record
	err     error
	next    int
	idle    bool
}

func (s *shard) GetShardIterator(_ context.Context, in *dynamodbstreams.GetShardIteratorInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetShardIteratorOutput, error) {
	if s.err != nil {
		return nil, s.err
	}
	for s.next = 0; s.next < len(s.changes) && *s.changes[s.next].Dynamodb.SequenceNumber != *in.SequenceNumber; s.next++ {
	}
	return &dynamodbstreams.GetShardIteratorOutput{ShardIterator: aws.String("i")}, nil
}

func (s *shard) GetRecords(_ context.Context, in *dynamodbstreams.GetRecordsInput, _ ...func(*dynamodbstreams.Options)) (*dynamodbstreams.GetRecordsOutput, error) {
	if s.idle = !s.idle; s.idle {
		return &dynamodbstreams.GetRecordsOutput{NextShardIterator: aws.String("i")}, nil
	}
	to := min(s.next+int(*in.Limit), len(s.changes))
	page := s.changes[s.next:to]
	s.next = to
	return &dynamodbstreams.GetRecordsOutput{Records: page, NextShardIterator: aws.String("i")}, nil
}

// function is a fake Lambda function that records its events.
type function struct {
	events []string
	answer string
	broken bool
	err    error
}

func (f *function) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	f.events = append(f.events, string(in.Payload))
	out := &lambda.InvokeOutput{Payload: []byte(f.answer)}
	if f.broken {
		out.FunctionError = aws.String("Unhandled")
	}
	return out, nil
}

// sequence returns a sequence number longer than 64 bits, as DynamoDB's are.
func sequence(n int) string { return fmt.Sprintf("4000000000000000000%d", 100+n) }

func changesOf(n int) []types.Record {
	out := make([]types.Record, n)
	for i := range out {
		out[i] = types.Record{
			EventName: types.OperationTypeModify,
			Dynamodb: &types.StreamRecord{
				SequenceNumber: aws.String(sequence(i)),
				Keys:           map[string]types.AttributeValue{"vin": &types.AttributeValueMemberS{Value: car}},
				NewImage: map[string]types.AttributeValue{
					"count": &types.AttributeValueMemberN{Value: "3"}, "open": &types.AttributeValueMemberBOOL{Value: true},
					"raw": &types.AttributeValueMemberB{Value: []byte{1, 2}}, "none": &types.AttributeValueMemberNULL{Value: true},
					"marks": &types.AttributeValueMemberL{Value: []types.AttributeValue{
						&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"at": &types.AttributeValueMemberN{Value: "1"}}},
					}},
				},
			},
		}
	}
	return out
}

func batch(from, to int) string {
	return fmt.Sprintf(`{"requestContext":{"condition":"RetryAttemptsExhausted"},"DDBStreamBatchInfo":{"shardId":"s","startSequenceNumber":%q,`+
		`"endSequenceNumber":%q,"batchSize":1,"streamArn":"arn:aws:dynamodb:eu-central-1:111122223333:table/Alerts/stream/2026-11-23T12:00:00.000"}}`,
		sequence(from), sequence(to))
}

func TestChangesThatWereGivenUpAreReadAgainAndTheFunctionIsRunWithThem(t *testing.T) {
	s, f := &shard{changes: changesOf(60)}, &function{answer: `{"batchItemFailures":[]}`}
	i := redrive.Followed{Streams: s, Function: redrive.Function{API: f}}.Read(redrive.Failure{Body: batch(5, 47)})
	assert.Equal(t, "changes of Alerts: RetryAttemptsExhausted", i.Reason)
	require.NotNil(t, i.Again)
	require.NoError(t, i.Again(t.Context()))
	var numbers []string
	for _, e := range f.events {
		var in events.DynamoDBEvent
		require.NoError(t, json.Unmarshal([]byte(e), &in), "it is the event that functions get")
		for _, r := range in.Records {
			numbers = append(numbers, r.Change.SequenceNumber)
			assert.Equal(t, "aws:dynamodb", r.EventSource)
			assert.Equal(t, "MODIFY", r.EventName)
			assert.Equal(t, car, r.Change.Keys["vin"].String())
			image := r.Change.NewImage
			assert.Equal(t, "3", image["count"].Number())
			assert.True(t, image["open"].Boolean())
			assert.True(t, image["none"].IsNull())
			assert.Equal(t, []byte{1, 2}, image["raw"].Binary())
			assert.Equal(t, "1", image["marks"].List()[0].Map()["at"].Number())
			assert.Nil(t, r.Change.OldImage)
		}
	}
	require.Len(t, numbers, 43)
	assert.Equal(t, sequence(5), numbers[0])
	assert.Equal(t, sequence(47), numbers[42])
}

func TestChangesStayUntilTheyAreFollowed(t *testing.T) {
	for name, tc := range map[string]struct {
		shard    *shard
		function *function
		why      string
	}{
		"the stream forgot them":        {&shard{err: &types.TrimmedDataAccessException{}}, &function{}, "the changes are no longer in the stream, which keeps them for 24 hours"},
		"the stream went with a table":  {&shard{err: &types.ResourceNotFoundException{}}, &function{}, "the changes are no longer in the stream, which keeps them for 24 hours"},
		"the stream does not answer":    {&shard{err: errors.New("throttled")}, &function{}, "read the changes: throttled"},
		"the function fails":            {&shard{changes: changesOf(3)}, &function{broken: true}, "function f failed (Unhandled): its log says why"},
		"the function hands them back":  {&shard{changes: changesOf(3)}, &function{answer: `{"batchItemFailures":[{"itemIdentifier":"1"}]}`}, "function f handed changes back: its log says why"},
		"the function may not be run":   {&shard{changes: changesOf(3)}, &function{err: errors.New("denied")}, "run function f: denied"},
		"the last of them never comes":  {&shard{}, &function{}, "the changes are no longer in the stream, which keeps them for 24 hours"},
		"the answer is something other": {&shard{changes: changesOf(3)}, &function{answer: "x"}, "read what function f answered: invalid character 'x' looking for beginning of value"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queue{}
				q.add(batch(0, 2))
				time.Sleep(time.Second)
				source := redrive.Followed{Streams: tc.shard, Function: redrive.Function{API: tc.function, Name: "f"}}
				r, err := redrive.Run(t.Context(), in(q, source), ledger(bucketObjects{}), redrive.Options{})
				require.NoError(t, err)
				assert.Equal(t, redrive.Result{Kept: map[string]int{tc.why: 1}}, r)
				assert.Equal(t, 1, q.visible())
			})
		})
	}
}

func TestACallThatNobodyWaitedForIsMadeAgain(t *testing.T) {
	f := &function{answer: "null"}
	body := `{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":{"userId":"u1"},"responseContext":{}}`
	i := redrive.Followed{Function: redrive.Function{API: f}}.Read(redrive.Failure{Body: body})
	assert.Equal(t, "call: RetriesExhausted", i.Reason)
	require.NoError(t, i.Again(t.Context()))
	assert.Equal(t, []string{`{"userId":"u1"}`}, f.events)
}

func TestDeliveriesShareTheQueueWithChanges(t *testing.T) {
	q, f := &queue{}, &function{}
	both := redrive.Followed{Function: redrive.Function{API: f}, Others: redrive.Worked{Queue: redrive.Queue{API: q}}}
	i := both.Read(redrive.Failure{Body: envelope("unavailable", 1)})
	assert.Equal(t, "unavailable", i.Reason)
	assert.Equal(t, car, i.VIN)
	require.NoError(t, i.Again(t.Context()))
	assert.Equal(t, []string{`{"n":1}`}, q.sent)
	assert.Empty(t, f.events)

	alone := redrive.Followed{Function: redrive.Function{API: f}}
	for _, body := range []string{"garbage", "null", "[]", envelope("x", 1), `{"DDBStreamBatchInfo":{"shardId":"s"}}`} {
		i := alone.Read(redrive.Failure{Body: body})
		assert.Nil(t, i.Again)
		assert.Equal(t, "unreadable", i.Reason)
	}
}

func TestAFindingThatNamesNoCarGoesBackByTheKeyOfFindings(t *testing.T) {
	body := `{"reason":"undecodable","payload":"eyJuIjoxfQ=="}`
	s := &stream{}
	require.NoError(t, redrive.Telemetry{Stream: redrive.Stream{API: s}, Key: "findings"}.Read(redrive.Failure{Body: body}).Again(t.Context()))
	assert.Equal(t, []string{`findings {"n":1}`}, s.records)
	i := redrive.Telemetry{Stream: redrive.Stream{API: s}}.Read(redrive.Failure{Body: body})
	assert.Nil(t, i.Again)
}
