package main

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/event"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/vin"
)

// service writes trips.
type service interface {
	Handle(ctx context.Context, t trip.Trip) (bool, error)
	Derive(ctx context.Context, v vin.VIN, at, now time.Time) (int, error)
}

// alerts resolves the alerts that end with a trip.
type alerts interface {
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

type handler struct {
	service service
	alerts  alerts
	now     func() time.Time
}

// take processes one message: a car's summary of a trip, with which the alert about its harsh driving ends, or the platform's report that
// a car has probably ended a trip.
func (h *handler) take(ctx context.Context, body []byte) (string, error) {
	ended, ok, err := trip.DecodeEnded(body)
	if err != nil {
		return "", err
	}
	if ok {
		return h.derive(ctx, ended)
	}
	t, err := trip.Decode(body)
	if err != nil {
		return "", err
	}
	changed, err := h.service.Handle(ctx, t)
	if err != nil {
		return "", fmt.Errorf("take trip %s of %s: %w", t.ID, t.VIN.Redacted(), err)
	}
	// Also if the trip is known already: an earlier attempt may have failed here.
	if _, _, err := h.alerts.Resolve(ctx, string(t.VIN), event.HarshDrivingKey(t.ID, t.EndedAt), t.EndedAt); err != nil {
		return "", fmt.Errorf("end the harsh driving of trip %s of %s: %w", t.ID, t.VIN.Redacted(), err)
	}
	if !changed {
		return "no_news", nil
	}
	return "applied", nil
}

func (h *handler) derive(ctx context.Context, e trip.Ended) (string, error) {
	n, err := h.service.Derive(ctx, e.VIN, e.At, h.now())
	if err != nil {
		return "", fmt.Errorf("derive trips of %s: %w", e.VIN.Redacted(), err)
	}
	if n == 0 {
		return "nothing_derived", nil
	}
	return "derived", nil
}
