// Package redrive looks into the queues of messages that could not be handled, and brings them back to where they failed.
package redrive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// sqsAPI lists the calls of Amazon SQS that a Queue makes.
type sqsAPI interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Queue is a queue of failures.
type Queue struct {
	API sqsAPI
	URL string
}

// Failure is one message of a queue of failures.
type Failure struct {
	Body   string
	SentAt time.Time // when it came into the queue

	handle string
}

const (
	batchSize  = 10 // messages a receive, the most that SQS gives
	hiddenFor  = 5 * time.Minute
	emptyPolls = 2 // receives without a message after which the queue counts as empty
	// answerWithin is the time for which messages hide until their receipt is here. An answer that is lost on its way, which the SDK asks
	// for again, hides them no longer than that.
	answerWithin = 20 * time.Second
)

// each calls f for every message that is in the queue now, at most limit (0: all). A message for which f returns true is
// deleted; the others become visible again when all have been seen, so that looking loses nothing and sees each once. Messages
// that come in meanwhile are left alone: what was brought back and fails again does not go round and round.
func (q Queue) each(ctx context.Context, limit int, f func(Failure) (done bool)) (err error) {
	began := time.Now()
	var kept []Failure
	defer func() { err = errors.Join(err, q.release(kept)) }()
	seen, empty, whole := 0, 0, began
	for (empty < emptyPolls || time.Now().Before(whole)) && (limit == 0 || seen < limit) {
		messages, lost, err := q.receive(ctx, limit, seen)
		if err != nil {
			return err
		}
		if lost {
			whole = time.Now().Add(answerWithin + time.Second)
		}
		fresh := 0
		for _, m := range messages {
			if m.SentAt.After(began) {
				kept = append(kept, m)
				continue
			}
			fresh++
			seen++
			if !f(m) {
				kept = append(kept, m)
				continue
			}
			if err := q.delete(ctx, m); err != nil {
				return err
			}
		}
		if fresh == 0 {
			empty++
		}
	}
	return nil
}

// receive hides the messages that it returns for hiddenFor. lost: an answer did not arrive, and messages may hide for answerWithin.
func (q Queue) receive(ctx context.Context, limit, seen int) (failures []Failure, lost bool, err error) {
	want := batchSize
	if limit > 0 {
		want = min(want, limit-seen)
	}
	out, err := q.API.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.URL, MaxNumberOfMessages: int32(want), VisibilityTimeout: int32(answerWithin / time.Second), WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, false, fmt.Errorf("read queue %s: %w", q.URL, err)
	}
	failures = make([]Failure, len(out.Messages))
	for i, m := range out.Messages {
		ms, _ := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
		failures[i] = Failure{Body: aws.ToString(m.Body), SentAt: time.UnixMilli(ms).UTC(), handle: aws.ToString(m.ReceiptHandle)}
	}
	attempts, _ := retry.GetAttemptResults(out.ResultMetadata)
	return failures, len(attempts.Results) > 1, q.hide(ctx, failures, hiddenFor)
}

func (q Queue) delete(ctx context.Context, m Failure) error {
	if _, err := q.API.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: &m.handle}); err != nil {
		return fmt.Errorf("delete from queue %s what was brought back: %w", q.URL, err)
	}
	return nil
}

// release makes messages visible at once, also when ctx has ended: otherwise they would hide until their time is up.
func (q Queue) release(kept []Failure) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	for batch := range slices.Chunk(kept, batchSize) {
		errs = append(errs, q.hide(ctx, batch, 0))
	}
	return errors.Join(errs...)
}

// hide makes messages visible after that time from now.
func (q Queue) hide(ctx context.Context, messages []Failure, d time.Duration) error {
	if len(messages) == 0 {
		return nil
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.URL}
	for n, m := range messages {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(n)), ReceiptHandle: &m.handle, VisibilityTimeout: int32(d / time.Second),
		})
	}
	out, err := q.API.ChangeMessageVisibilityBatch(ctx, in)
	if err != nil {
		return fmt.Errorf("hide messages of queue %s for %s: %w", q.URL, d, err)
	}
	if len(out.Failed) > 0 {
		return fmt.Errorf("hide %d messages of queue %s for %s: %s", len(out.Failed), q.URL, d, aws.ToString(out.Failed[0].Message))
	}
	return nil
}

// Send puts a message into the queue.
func (q Queue) Send(ctx context.Context, body string) error {
	if _, err := q.API.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body}); err != nil {
		return fmt.Errorf("send to queue %s: %w", q.URL, err)
	}
	return nil
}
