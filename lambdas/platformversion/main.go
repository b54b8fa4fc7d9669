// Command platformversion is the Lambda function that looks up the Elastic Beanstalk platform for the console's environment.
// The names of platforms contain a version, and the creation of the environment fails with a name that is some months old.
package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/cfn"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/beanstalk"
	"connectedcar/internal/runtime/lambdamain"
)

func main() { lambdamain.Run(wire, func(h *handler) any { return cfn.LambdaWrap(h.handle) }) }

func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return &handler{platforms: beanstalk.NewPlatforms(cfg), log: log}, nil
}
