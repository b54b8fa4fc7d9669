// Command emptybucket is the Lambda function that empties a bucket before CloudFormation deletes it: S3 deletes only empty buckets.
package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/s3"
	"connectedcar/internal/runtime/lambdamain"
)

func main() { lambdamain.Run(wire, func(h *handler) any { return cfn.LambdaWrap(h.handle) }) }

func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return &handler{buckets: s3.NewDisposer(cfg), log: log}, nil
}
