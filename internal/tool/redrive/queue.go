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

// Queue is a failure queue.
type Queue struct {
	API sqsAPI
	URL string
}

// Failure is one message of a failure queue.
type Failure struct {
	Body   string
	SentAt time.Time // when the message entered the queue

	handle string
}

const (
	batchSize  = 10 // messages per call, the limit of SQS
	hiddenFor  = 5 * time.Minute
	emptyPolls = 2 // consecutive empty receives after which the queue counts as empty
	// answerWithin is the visibility timeout of a receive until its response has arrived. If the response is lost, which makes the SDK
	// repeat the call, the messages stay hidden no longer than that.
	answerWithin = 20 * time.Second
)

// each calls f for every message in the queue, at most limit (0: all), and deletes the messages for which f returns true. The other
// messages become visible again after all have been seen, so that each is seen once and none is lost. Messages that arrive meanwhile are
// skipped: otherwise a message that is brought back and fails again would be handled in an endless loop.
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

// receive receives messages and hides them for hiddenFor. lost reports that a response was lost: other messages may then be hidden for
// answerWithin.
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

// release makes messages visible at once, even if ctx has ended: they would otherwise stay hidden until their visibility timeout.
func (q Queue) release(kept []Failure) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	for batch := range slices.Chunk(kept, batchSize) {
		errs = append(errs, q.hide(ctx, batch, 0))
	}
	return errors.Join(errs...)
}

// hide sets the time after which the messages become visible again.
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
