package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/trip"
)

type sender interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Delayed sends messages that a function is to get after a while.
type Delayed struct {
	client          sender
	presence, trips string
}

// NewDelayed sends to the queues with those URLs, of presence and of trips.
func NewDelayed(cfg aws.Config, presence, trips string) *Delayed {
	return &Delayed{client: sqs.NewFromConfig(cfg), presence: presence, trips: trips}
}

// CheckIn sends a check to the queue of presence.
func (d *Delayed) CheckIn(ctx context.Context, c presence.Check, delay time.Duration) error {
	return d.send(ctx, d.presence, c, delay)
}

// TripEndedIn sends the supposed end of a trip to the queue of trips.
func (d *Delayed) TripEndedIn(ctx context.Context, e trip.Ended, delay time.Duration) error {
	return d.send(ctx, d.trips, e, delay)
}

func (d *Delayed) send(ctx context.Context, url string, message any, delay time.Duration) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	seconds := int32((delay + time.Second - 1) / time.Second) // at most presence.MaxDelay
	_, err = d.client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: aws.String(string(body)), DelaySeconds: seconds,
	})
	return awsconfig.Sort(err)
}
