// Package redrive looks into the queues of messages that could not be handled, and brings them back to where they failed.
package redrive

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// sqsAPI lists the calls of Amazon SQS that a Queue makes.
type sqsAPI interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error)
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
)

// each calls f for every message that is in the queue now, at most limit (0: all). A message for which f returns true is
// deleted; the others become visible again when all have been seen, so that looking loses nothing and sees each once. Messages
// that come in meanwhile are left alone: what was brought back and fails again does not go round and round.
func (q Queue) each(ctx context.Context, limit int, f func(Failure) (done bool)) (err error) {
	began := time.Now()
	var kept []Failure
	defer func() { err = errors.Join(err, q.release(kept)) }()
	seen, empty := 0, 0
	for empty < emptyPolls && (limit == 0 || seen < limit) {
		messages, err := q.receive(ctx, limit, seen)
		if err != nil {
			return err
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

func (q Queue) receive(ctx context.Context, limit, seen int) ([]Failure, error) {
	want := batchSize
	if limit > 0 {
		want = min(want, limit-seen)
	}
	out, err := q.API.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.URL, MaxNumberOfMessages: int32(want), VisibilityTimeout: int32(hiddenFor / time.Second), WaitTimeSeconds: 1,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, fmt.Errorf("read queue %s: %w", q.URL, err)
	}
	failures := make([]Failure, len(out.Messages))
	for i, m := range out.Messages {
		ms, _ := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
		failures[i] = Failure{Body: aws.ToString(m.Body), SentAt: time.UnixMilli(ms).UTC(), handle: aws.ToString(m.ReceiptHandle)}
	}
	return failures, nil
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
	for _, m := range kept {
		_, err := q.API.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &q.URL, ReceiptHandle: &m.handle, VisibilityTimeout: 0})
		if err != nil {
			errs = append(errs, fmt.Errorf("put message back into queue %s: %w", q.URL, err))
		}
	}
	return errors.Join(errs...)
}

// Send puts a message into the queue.
func (q Queue) Send(ctx context.Context, body string) error {
	if _, err := q.API.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &body}); err != nil {
		return fmt.Errorf("send to queue %s: %w", q.URL, err)
	}
	return nil
}
