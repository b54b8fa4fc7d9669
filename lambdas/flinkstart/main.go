// Command flinkstart is the Lambda function that starts the Flink application of the windows over the whole fleet after CloudFormation has
// created it: Amazon Managed Service for Apache Flink creates every application stopped.
package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/flink"
	"connectedcar/internal/runtime/lambdamain"
)

func main() { lambdamain.Run(wire, func(h *handler) any { return cfn.LambdaWrap(h.handle) }) }

func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return &handler{applications: flink.NewApplications(cfg), log: log}, nil
}
