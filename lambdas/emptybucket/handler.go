package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/names"
)

// disposer empties buckets.
type disposer interface {
	Empty(ctx context.Context, bucketARN string) (int, error)
}

type handler struct {
	buckets disposer
	log     *slog.Logger
}

// handle processes an event of CloudFormation: it empties the bucket when the resource is deleted, which happens before the bucket is.
func (h *handler) handle(ctx context.Context, e cfn.Event) (id string, data map[string]any, err error) {
	bucket, _ := e.ResourceProperties[names.PropertyBucket].(string)
	if bucket == "" {
		return e.PhysicalResourceID, nil, errors.New("property " + names.PropertyBucket + " is missing")
	}
	if e.RequestType != cfn.RequestDelete {
		return bucket, nil, nil
	}
	deleted, err := h.buckets.Empty(ctx, bucket)
	h.log.Info("bucket emptied", "bucket", bucket, "objects", deleted, "error", err)
	return bucket, nil, err
}
