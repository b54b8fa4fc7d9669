package main

import (
	"context"
	"log/slog"

	"connectedcar/internal/domain/event"
)

type handler struct {
	book event.Alerts
	log  *slog.Logger
}

// take processes one message of a car about a single event, and returns the outcome.
func (h *handler) take(ctx context.Context, body []byte) (string, error) {
	received, err := event.Decode(body)
	if err != nil {
		return "", err
	}
	outcome, err := event.Alarm(ctx, h.book, received)
	if outcome == event.Raised {
		h.log.Info("alert raised", "kind", string(received.Kind), "vin", received.VIN.Redacted(), "id", received.ID)
	}
	return string(outcome), err
}
