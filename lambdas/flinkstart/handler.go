package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/names"
)

// starter starts applications.
type starter interface {
	Start(ctx context.Context, application string) (bool, error)
}

type handler struct {
	applications starter
	log          *slog.Logger
}

// handle processes an event of CloudFormation. It starts an application that was created; a deletion stops it without any help.
func (h *handler) handle(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	name, _ := e.ResourceProperties[names.PropertyApplication].(string)
	if e.RequestType == cfn.RequestDelete {
		return e.PhysicalResourceID, nil, nil
	}
	if name == "" {
		return e.PhysicalResourceID, nil, errors.New("property " + names.PropertyApplication + " is missing")
	}
	started, err := h.applications.Start(ctx, name)
	if err != nil {
		return name, nil, fmt.Errorf("start the windows over the fleet: %w", err)
	}
	h.log.Info("application looked at", "application", name, "started", started)
	return name, nil, nil
}
