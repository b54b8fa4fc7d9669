package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/names"
)

// finder looks up the current version of a platform branch.
type finder interface {
	Current(ctx context.Context, branch string) (string, error)
}

type handler struct {
	platforms finder
	log       *slog.Logger
}

// handle returns the version that was current when the resource was created. Its ARN is the resource's id, so that every later
// deployment has the same one: managed updates upgrade the environment from there, and another ARN in the template would undo them.
func (h *handler) handle(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	if e.RequestType == cfn.RequestDelete {
		return e.PhysicalResourceID, nil, nil
	}
	branch, _ := e.ResourceProperties[names.PropertyBranch].(string)
	if branch == "" {
		return e.PhysicalResourceID, nil, errors.New("property " + names.PropertyBranch + " is missing")
	}
	if e.RequestType == cfn.RequestUpdate && strings.Contains(e.PhysicalResourceID, "/"+branch+"/") {
		return e.PhysicalResourceID, map[string]any{names.AttributeARN: e.PhysicalResourceID}, nil
	}
	arn, err := h.platforms.Current(ctx, branch)
	if err != nil {
		return e.PhysicalResourceID, nil, fmt.Errorf("find the console's platform: %w", err)
	}
	h.log.Info("platform found", "arn", arn)
	return arn, map[string]any{names.AttributeARN: arn}, nil
}
