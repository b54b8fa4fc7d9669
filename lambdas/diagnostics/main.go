// Command diagnostics is the Lambda function that takes what cars say of their trouble codes from a queue, and keeps the faults that
// are open, those that were, and the alerts about them.
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
	"connectedcar/internal/diagnostic"
	"connectedcar/internal/dtc"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/inbox"
	"connectedcar/internal/queue"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	in, err := wire(context.Background(), log)
	if err != nil {
		log.Error("cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(in.Handle)
}

// wire makes the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*inbox.Inbox, error) {
	env := environ.New(os.Getenv)
	faults, vehicles := env.Text(contract.EnvDiagnosticsTable), env.Text(contract.EnvVehiclesTable)
	alerts, failures := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	cars := dynamo.NewVehicles(tables, vehicles)
	told := alert.NewBook(dynamo.NewAlerts(tables, alerts), cars)
	h := &handler{book: diagnostic.NewBook(dynamo.NewDiagnostics(tables, faults), cars, told, dtc.Builtin()), log: log}
	return &inbox.Inbox{
		Take: h.take, Failures: queue.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
