// Command presence is the Lambda function that follows which cars are connected, by AWS IoT Core's lifecycle events from a queue. It
// raises an alert for a car that goes silent in the middle of a trip, and has trips derived when cars leave.
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
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/sqsbatch"
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
func wire(ctx context.Context, log *slog.Logger) (*sqsbatch.Inbox, error) {
	env := env.New(os.Getenv)
	states, vehicles := env.Text(names.EnvVehicleStateTable), env.Text(names.EnvVehiclesTable)
	alerts, failures := env.Text(names.EnvAlertsTable), env.Text(names.EnvFailureQueueURL)
	own, trips := env.Text(names.EnvPresenceQueueURL), env.Text(names.EnvTripQueueURL)
	grace := env.Duration(names.EnvConnectivityGrace)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	cars := dynamodb.NewVehicles(tables, vehicles)
	h := &handler{log: log, tracker: &presence.Tracker{
		Store: dynamodb.NewPresences(tables, states), Cars: cars, Signals: dynamodb.NewStates(tables, states),
		Alerts: alert.NewBook(dynamodb.NewAlerts(tables, alerts), cars), Later: sqs.NewDelayed(cfg, own, trips), Grace: grace, Now: time.Now,
	}}
	return &sqsbatch.Inbox{
		Take: h.take, Failures: sqs.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
