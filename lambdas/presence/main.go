// Command presence is the Lambda function that tracks the connections of cars, by AWS IoT Core's lifecycle events from a queue. It
// raises an alert for a car that loses its connection during a trip, and schedules the derivation of trips when cars disconnect.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/presence"
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
	h := &handler{log: log, service: &presence.Service{
		Store: dynamodb.NewPresences(tables, states), Cars: cars, Signals: dynamodb.NewStates(tables, states),
		Alerts: alerting.New(dynamodb.NewAlerts(tables, alerts), cars, log), Later: sqs.NewDelayed(cfg, own, trips), Grace: grace, Now: time.Now,
	}}
	return sqsbatch.New(h.take, sqs.NewFailures(cfg, failures), log), nil
}
