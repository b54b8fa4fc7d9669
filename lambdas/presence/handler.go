package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"connectedcar/internal/domain/presence"
)

// service keeps the presence of cars.
type service interface {
	Handle(ctx context.Context, e presence.Event) (presence.Outcome, error)
	Check(ctx context.Context, c presence.Check) (presence.Outcome, error)
}

type handler struct {
	service service
	log     *slog.Logger
}

// take processes one message: a lifecycle event, or a scheduled check.
func (h *handler) take(ctx context.Context, body []byte) (string, error) {
	check, ok, err := presence.DecodeCheck(body)
	if err != nil {
		return "", err
	}
	if ok {
		return h.check(ctx, check)
	}
	event, err := presence.Decode(body)
	switch {
	case errors.Is(err, presence.ErrNoCar):
		return string(presence.Foreign), nil
	case errors.Is(err, presence.ErrUnknownKind):
		return string(presence.Unknown), nil
	}
	if err != nil {
		return "", err
	}
	outcome, err := h.service.Handle(ctx, event)
	if err != nil {
		return "", fmt.Errorf("take a lifecycle event of %s: %w", event.VIN.Redacted(), err)
	}
	return string(outcome), nil
}

func (h *handler) check(ctx context.Context, c presence.Check) (string, error) {
	outcome, err := h.service.Check(ctx, c)
	if err != nil {
		return "", fmt.Errorf("check the connection of %s: %w", c.VIN.Redacted(), err)
	}
	if outcome == presence.Raised {
		h.log.Info("connection lost in the middle of a trip", "vin", c.VIN.Redacted())
	}
	return string(outcome), nil
}
