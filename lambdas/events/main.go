// Command events is the Lambda function that takes what cars say of single moments - a crash, the car being moved, harsh driving -
// from a queue and raises alerts.
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
	alerts, vehicles := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvVehiclesTable)
	failures := env.Text(contract.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	return &handler{
		book:     alert.NewBook(dynamo.NewAlerts(tables, alerts), dynamo.NewVehicles(tables, vehicles)),
		failures: queue.NewFailures(cfg, failures),
		log:      log, metrics: os.Stdout, now: time.Now, function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
