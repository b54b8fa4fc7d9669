// Command findings is the Lambda function that takes what the windows over the whole fleet find, and raises the alerts.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/alert"
	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/finding"
	"connectedcar/internal/inbox"
	"connectedcar/internal/queue"
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
	env := environ.New(os.Getenv)
	alerts, vehicles, failures := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvVehiclesTable), env.Text(contract.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	cars := dynamo.NewVehicles(tables, vehicles)
	h := &handler{desk: &finding.Desk{Cars: cars, Alerts: alert.NewBook(dynamo.NewAlerts(tables, alerts), cars)}}
	h.inbox = &inbox.Inbox{
		Take: h.take, Failures: queue.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}
	return h, nil
}
