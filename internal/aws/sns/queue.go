package sns

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/errs"
)

type queueClient interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// maxMessages is the limit of one SendMessageBatch.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const maxMessages = 10

// Queue is a queue of deliveries in Amazon SQS.
type Queue struct {
	client queueClient
	url    string
}

// NewQueue sends to the queue with that URL.
func NewQueue(cfg aws.Config, url string) *Queue {
	return &Queue{client: sqs.NewFromConfig(cfg), url: url}
}

// Send puts messages into the queue, ten a call. It returns the indexes of those that the queue did not take, and why.
func (q *Queue) Send(ctx context.Context, messages []notification.Queued) ([]int, error) {
	for from := 0; from < len(messages); from += maxMessages {
		to := min(from+maxMessages, len(messages))
		if err := q.send(ctx, messages[from:to]); err != nil {
			left := make([]int, 0, len(messages)-from)
			for n := from; n < len(messages); n++ {
				left = append(left, n)
			}
			return left, err
		}
	}
	return nil, nil
}

func (q *Queue) send(ctx context.Context, messages []notification.Queued) error {
	entries := make([]types.SendMessageBatchRequestEntry, len(messages))
	for n, m := range messages {
		entries[n] = types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(n)), MessageBody: aws.String(string(m.Body)), DelaySeconds: seconds(m.Delay),
		}
	}
	out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries})
	if err != nil {
		return fmt.Errorf("send to the queue of deliveries: %w", awsconfig.Sort(err))
	}
	if len(out.Failed) > 0 {
		first := out.Failed[0]
		return errs.As(errs.Unavailable, fmt.Errorf("the queue refused %d deliveries, the first with %s: %s",
			len(out.Failed), aws.ToString(first.Code), aws.ToString(first.Message)))
	}
	return nil
}

// seconds rounds up, so that a message does not come just before its time, within what Amazon SQS allows.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func seconds(d time.Duration) int32 {
	d = max(0, min(d, notification.MaxDelay))
	return int32((d + time.Second - 1) / time.Second) // at most 900
}

// Failures is the queue of deliveries that were given up on.
type Failures struct {
	client queueClient
	url    string
}

// NewFailures sends to the queue with that URL.
func NewFailures(cfg aws.Config, url string) *Failures {
	return &Failures{client: sqs.NewFromConfig(cfg), url: url}
}

// Keep sends an envelope as JSON.
func (f *Failures) Keep(ctx context.Context, e notification.Envelope) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write an envelope: %w", err)
	}
	if _, err := f.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &f.url, MessageBody: aws.String(string(body))}); err != nil {
		return fmt.Errorf("send to the queue of failures: %w", awsconfig.Sort(err))
	}
	return nil
}
