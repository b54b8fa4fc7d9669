// Command events is the Lambda function that processes cars' messages about single events - a crash, the car being moved, harsh driving -
// from a queue and raises alerts.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/alerting"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/runtime/sqsbatch"
)

func main() {
	lambdamain.Run(wire, func(in *sqsbatch.Handler) any { return in.Handle })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*sqsbatch.Handler, error) {
	env := env.New(os.Getenv)
	alerts, vehicles := env.Text(names.EnvAlertsTable), env.Text(names.EnvVehiclesTable)
	failures := env.Text(names.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	book := alerting.New(dynamodb.NewAlerts(tables, alerts), dynamodb.NewVehicles(tables, vehicles), log)
	return inbox(&handler{book: book, log: log}, sqs.NewFailures(cfg, failures), log, os.Stdout), nil
}

func inbox(h *handler, failures sqsbatch.Failures, log *slog.Logger, metrics io.Writer) *sqsbatch.Handler {
	return &sqsbatch.Handler{
		Message: h.take, Failures: failures, Log: log, Metrics: metrics, Now: time.Now, Function: lambdacontext.FunctionName,
		Metric: names.MetricEvents,
	}
}
