package sqs

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/domain/notification"
)

// Deliveries is the queue of notifications to deliver.
type Deliveries struct {
	client batchSender
	url    string
}

// NewDeliveries sends to the queue with that URL.
func NewDeliveries(cfg aws.Config, url string) *Deliveries {
	return &Deliveries{client: sqs.NewFromConfig(cfg), url: url}
}

// Send sends messages to the queue. It returns the indexes of the messages that the queue rejected, and the reason.
func (d *Deliveries) Send(ctx context.Context, messages []notification.Queued) ([]int, error) {
	left, err := sendAll(ctx, d.client, d.url, len(messages), func(n int) ([]byte, time.Duration, error) {
		return messages[n].Body, messages[n].Delay, nil
	})
	if err != nil {
		return left, fmt.Errorf("send to the queue of deliveries: %w", err)
	}
	return left, nil
}

// FailedDeliveries is the dead-letter queue of notifications.
type FailedDeliveries struct {
	client sender
	url    string
}

// NewFailedDeliveries sends to the queue with that URL.
func NewFailedDeliveries(cfg aws.Config, url string) *FailedDeliveries {
	return &FailedDeliveries{client: sqs.NewFromConfig(cfg), url: url}
}

// Keep sends an envelope, as JSON, to the dead-letter queue.
func (f *FailedDeliveries) Keep(ctx context.Context, e notification.Envelope) error {
	if err := sendOne(ctx, f.client, f.url, e, 0); err != nil {
		return fmt.Errorf("send to the queue of failures: %w", err)
	}
	return nil
}
