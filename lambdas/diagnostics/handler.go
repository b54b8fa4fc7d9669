package main

import (
	"context"
	"fmt"
	"log/slog"

	"connectedcar/internal/domain/diagnostic"
)

// service processes messages.
type service interface {
	Handle(ctx context.Context, r diagnostic.Received) (diagnostic.Outcome, error)
}

type handler struct {
	service service
	log     *slog.Logger
}

// take processes one message.
func (h *handler) take(ctx context.Context, body []byte) (string, error) {
	received, err := diagnostic.Decode(body)
	if err != nil {
		return "", err
	}
	outcome, err := h.service.Handle(ctx, received)
	if err != nil {
		return "", fmt.Errorf("take diagnostics %s of %s: %w", received.ID, received.VIN.Redacted(), err)
	}
	if outcome == diagnostic.TooLate {
		h.log.Warn("diagnostics from before what is still looked at", "id", received.ID, "vin", received.VIN.Redacted())
	}
	return string(outcome), nil
}
