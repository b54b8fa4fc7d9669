// Package sqs sends messages to Amazon SQS.
package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/errs"
)

// Limits of Amazon SQS (SendMessageBatch): 10 messages in a call, and 1 MiB for all messages of a call together.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	maxMessages = 10
	maxBytes    = 1 << 20
)

// maxDelay is the longest delay of a message.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const maxDelay = 15 * time.Minute

type sender interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

type batchSender interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// sendOne sends one message, as JSON.
func sendOne(ctx context.Context, client sender, url string, message any, delay time.Duration) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)), DelaySeconds: seconds(delay),
	})
	return awsconfig.Sort(err)
}

// seconds rounds up, so that a message does not arrive before its time.
func seconds(d time.Duration) int32 {
	d = max(0, min(d, maxDelay))
	return int32((d + time.Second - 1) / time.Second) // at most 900
}

// encoder returns the body and the delay of the message with that index.
type encoder func(index int) (body []byte, delay time.Duration, err error)

// sendAll sends n messages in as few calls as possible. It returns the indexes of the messages that the queue rejected, and the reason.
func sendAll(ctx context.Context, client batchSender, url string, n int, encode encoder) ([]int, error) {
	var (
		lost     []int
		problems []error
		next     call
	)
	flush := func() {
		failed, err := next.send(ctx, client, url)
		lost, problems, next = append(lost, failed...), append(problems, err), call{}
	}
	for index := range n {
		body, delay, err := encode(index)
		if err == nil && len(body) > maxBytes {
			err = ErrTooLong
		}
		if err != nil {
			lost, problems = append(lost, index), append(problems, err)
			continue
		}
		if !next.fits(len(body)) {
			flush()
		}
		next.add(index, string(body), delay)
	}
	flush()
	return lost, errors.Join(problems...)
}

// call is the content of one SendMessageBatch. The id of an entry is the index of its message.
type call struct {
	entries []types.SendMessageBatchRequestEntry
	bytes   int
}

func (c *call) fits(bytes int) bool {
	return len(c.entries) < maxMessages && c.bytes+bytes <= maxBytes
}

func (c *call) add(index int, body string, delay time.Duration) {
	c.entries = append(c.entries, types.SendMessageBatchRequestEntry{
		Id: aws.String(strconv.Itoa(index)), MessageBody: &body, DelaySeconds: seconds(delay),
	})
	c.bytes += len(body)
}

// send returns the indexes of the messages that the queue rejected.
func (c *call) send(ctx context.Context, client batchSender, url string) ([]int, error) {
	if len(c.entries) == 0 {
		return nil, nil
	}
	out, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: c.entries})
	if err != nil {
		return indexes(c.entries, func(e types.SendMessageBatchRequestEntry) *string { return e.Id }), awsconfig.Sort(err)
	}
	if len(out.Failed) == 0 {
		return nil, nil
	}
	first := out.Failed[0]
	return indexes(out.Failed, func(e types.BatchResultErrorEntry) *string { return e.Id }),
		errs.As(errs.Unavailable, fmt.Errorf("the queue refused %d messages, the first with %s: %s",
			len(out.Failed), aws.ToString(first.Code), aws.ToString(first.Message)))
}

func indexes[T any](entries []T, id func(T) *string) []int {
	list := make([]int, 0, len(entries))
	for _, e := range entries {
		if n, err := strconv.Atoi(aws.ToString(id(e))); err == nil {
			list = append(list, n)
		}
	}
	return list
}
