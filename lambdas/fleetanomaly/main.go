// Command fleetanomaly is the Lambda function that processes the findings of the windows over the whole fleet, and raises their alerts.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/fleetanomaly"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/alerting"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/runtime/sqsbatch"
)

func main() {
	lambdamain.Run(wire, func(h *handler) any { return h.handle })
}

// wire builds the handler from the environment.
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
	h := &handler{service: &fleetanomaly.Service{Cars: cars, Alerts: alerting.New(dynamodb.NewAlerts(tables, alerts), cars, log)}}
	h.inbox = sqsbatch.New(h.take, sqs.NewFailures(cfg, failures), log)
	return h, nil
}
