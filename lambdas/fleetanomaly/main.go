// Command fleetanomaly is the Lambda function that takes what the windows over the whole fleet find, and raises the alerts.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/sqsbatch"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	h, err := wire(context.Background(), log)
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(h.handle)
}

// wire makes the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	env := env.New(os.Getenv)
	alerts, vehicles, failures := env.Text(names.EnvAlertsTable), env.Text(names.EnvVehiclesTable), env.Text(names.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	cars := dynamodb.NewVehicles(tables, vehicles)
	h := &handler{desk: &fleetanomaly.Desk{Cars: cars, Alerts: alert.NewBook(dynamodb.NewAlerts(tables, alerts), cars)}}
	h.inbox = &sqsbatch.Inbox{
		Take: h.take, Failures: sqs.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	return h, nil
}
