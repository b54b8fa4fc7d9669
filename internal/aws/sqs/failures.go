// Package sqs sends to Amazon SQS.
package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/errs"
)

// Limits of Amazon SQS (SendMessageBatch): 10 messages a call, 1 MiB for each message and for a call's messages together.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const (
	maxMessages = 10
	maxBytes    = 1 << 20
)

type client interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Failures is the queue of messages that the telemetry function set aside.
type Failures struct {
	client client
	url    string
}

// NewFailures sends to the queue with that URL.
func NewFailures(cfg aws.Config, url string) *Failures {
	return &Failures{client: sqs.NewFromConfig(cfg), url: url}
}

// ErrTooLong says that an envelope does not fit into the queue. What AWS IoT Core accepts (128 KB) always does, so such a record
// came into the stream another way; the stream's own failure destination keeps it whole.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
var ErrTooLong = errs.As(errs.Invalid, fmt.Errorf("longer than a queue message may be (%d bytes)", maxBytes))

// Keep sends envelopes as JSON, as many a call as fit. It returns the indexes of those that the queue did not take, and why.
func (f *Failures) Keep(ctx context.Context, envelopes []ingest.Envelope) ([]int, error) {
	var (
		lost     []int
		problems []error
		next     call
	)
	for n, e := range envelopes {
		body, err := json.Marshal(e)
		if err == nil && len(body) > maxBytes {
			err = ErrTooLong
		}
		if err != nil {
			lost, problems = append(lost, n), append(problems, err)
			continue
		}
		if !next.fits(len(body)) {
			failed, err := f.send(ctx, next)
			lost, problems, next = append(lost, failed...), append(problems, err), call{}
		}
		next.add(n, string(body))
	}
	failed, err := f.send(ctx, next)
	return append(lost, failed...), errors.Join(append(problems, err)...)
}

// call is the content of one SendMessageBatch. The id of an entry is the index of its envelope.
type call struct {
	entries []types.SendMessageBatchRequestEntry
	bytes   int
}

func (c *call) fits(bytes int) bool {
	return len(c.entries) < maxMessages && c.bytes+bytes <= maxBytes
}

func (c *call) add(index int, body string) {
	c.entries = append(c.entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(index)), MessageBody: &body})
	c.bytes += len(body)
}

// send returns the indexes of the envelopes that the queue did not take.
func (f *Failures) send(ctx context.Context, c call) ([]int, error) {
	if len(c.entries) == 0 {
		return nil, nil
	}
	out, err := f.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &f.url, Entries: c.entries})
	if err != nil {
		return indexes(c.entries, func(e types.SendMessageBatchRequestEntry) *string { return e.Id }), awsconfig.Sort(err)
	}
	if len(out.Failed) == 0 {
		return nil, nil
	}
	first := out.Failed[0]
	return indexes(out.Failed, func(e types.BatchResultErrorEntry) *string { return e.Id }),
		fmt.Errorf("the queue refused %d messages, the first with %s: %s", len(out.Failed), aws.ToString(first.Code), aws.ToString(first.Message))
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
