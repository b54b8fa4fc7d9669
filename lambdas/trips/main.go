// Command trips is the Lambda function that writes trips, and the only one that does: those that cars sum up, and those that it derives
// from the telemetry of cars that do not.
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
	"connectedcar/internal/inbox"
	"connectedcar/internal/queue"
	"connectedcar/internal/trip"
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
	trips, history := env.Text(contract.EnvTripsTable), env.Text(contract.EnvTelemetryTable)
	alerts, vehicles := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvVehiclesTable)
	retention, failures := env.Duration(contract.EnvTelemetryRetention), env.Text(contract.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	samples := dynamo.NewHistory(tables, history, retention)
	h := &handler{
		book:   trip.NewBook(dynamo.NewTrips(tables, trips), samples, trip.DefaultScoring(), trip.DefaultLimits()),
		alerts: alert.NewBook(dynamo.NewAlerts(tables, alerts), dynamo.NewVehicles(tables, vehicles)), now: time.Now,
	}
	return &inbox.Inbox{
		Take: h.take, Failures: queue.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
