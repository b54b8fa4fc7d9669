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

	"connectedcar/internal/alert"
	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/inbox"
	"connectedcar/internal/presence"
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
	states, vehicles := env.Text(contract.EnvVehicleStateTable), env.Text(contract.EnvVehiclesTable)
	alerts, failures := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvFailureQueueURL)
	own, trips := env.Text(contract.EnvPresenceQueueURL), env.Text(contract.EnvTripQueueURL)
	grace := env.Duration(contract.EnvConnectivityGrace)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	cars := dynamo.NewVehicles(tables, vehicles)
	h := &handler{log: log, tracker: &presence.Tracker{
		Store: dynamo.NewPresences(tables, states), Cars: cars, Signals: dynamo.NewStates(tables, states),
		Alerts: alert.NewBook(dynamo.NewAlerts(tables, alerts), cars), Later: queue.NewDelayed(cfg, own, trips), Grace: grace, Now: time.Now,
	}}
	return &inbox.Inbox{
		Take: h.take, Failures: queue.NewFailures(cfg, failures), Log: log, Metrics: os.Stdout, Now: time.Now,
		Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
