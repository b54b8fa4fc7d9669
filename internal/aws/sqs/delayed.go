package sqs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/trip"
)

// Delayed sends messages that a function receives after a delay.
type Delayed struct {
	client          sender
	presence, trips string
}

// NewDelayed sends to the queues of the functions presence and trips, given their URLs.
func NewDelayed(cfg aws.Config, presence, trips string) *Delayed {
	return &Delayed{client: sqs.NewFromConfig(cfg), presence: presence, trips: trips}
}

// CheckIn sends a check to the queue of the function presence, to be received after the delay.
func (d *Delayed) CheckIn(ctx context.Context, c presence.Check, delay time.Duration) error {
	return sendOne(ctx, d.client, d.presence, c, delay)
}

// TripEndedIn sends the assumed end of a trip to the queue of the function trips, to be received after the delay.
func (d *Delayed) TripEndedIn(ctx context.Context, e trip.Ended, delay time.Duration) error {
	return sendOne(ctx, d.client, d.trips, e, delay)
}
