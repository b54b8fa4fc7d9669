package sqs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/trip"
)

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
	return sendOne(ctx, d.client, d.presence, c, delay)
}

// TripEndedIn sends the supposed end of a trip to the queue of trips.
func (d *Delayed) TripEndedIn(ctx context.Context, e trip.Ended, delay time.Duration) error {
	return sendOne(ctx, d.client, d.trips, e, delay)
}
