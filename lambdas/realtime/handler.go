package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/aws/aws-lambda-go/events"

	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/scheduler"
	"connectedcar/internal/errs"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/vin"
)

// keeper keeps the policies of a user.
type keeper interface {
	Recompute(ctx context.Context, userID string, also ...vin.VIN) error
}

type handler struct {
	keeper keeper
	log    *slog.Logger
}

// handle processes either a batch of changes of the tables of vehicles and grants, or the alarm for the end of a grant.
func (h *handler) handle(ctx context.Context, in json.RawMessage) (any, error) {
	ctx, cancel := lambdamain.Reserve(ctx)
	defer cancel()
	var event struct {
		events.DynamoDBEvent
		scheduler.Alarm
	}
	if err := json.Unmarshal(in, &event); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	switch {
	case event.UserID != "":
		return nil, h.recompute(ctx, event.UserID, nil)
	case event.Records != nil:
		return h.follow(ctx, event.DynamoDBEvent), nil
	}
	return nil, errors.New("the event is neither a batch of changes nor an alarm")
}

// follow recomputes the policies of every user whom the changes concern, once. Changes whose users fail are reported for a retry.
func (h *handler) follow(ctx context.Context, in events.DynamoDBEvent) events.DynamoDBEventResponse {
	changed := map[string][]vin.VIN{}
	concern := make([][]string, len(in.Records))
	var order []string
	for i, r := range in.Records {
		users, car := dynamodb.Concerned(r.Change)
		concern[i] = users
		for _, u := range users {
			if _, seen := changed[u]; !seen {
				order = append(order, u)
			}
			changed[u] = append(changed[u], car)
		}
	}
	failed := map[string]bool{}
	for _, u := range order {
		failed[u] = h.recompute(ctx, u, changed[u]) != nil
	}
	out := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for i, r := range in.Records {
		if slices.ContainsFunc(concern[i], func(u string) bool { return failed[u] }) {
			out.BatchItemFailures = append(out.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: r.Change.SequenceNumber})
		}
	}
	return out
}

func (h *handler) recompute(ctx context.Context, userID string, cars []vin.VIN) error {
	if err := h.keeper.Recompute(ctx, userID, cars...); err != nil {
		h.log.Error("policies not recomputed", "user_id", userID, "category", errs.Of(err).String(), "error", err)
		return fmt.Errorf("recompute the policies of %s: %w", userID, err)
	}
	h.log.Info("policies recomputed", "user_id", userID)
	return nil
}
