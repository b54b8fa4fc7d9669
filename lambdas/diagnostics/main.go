// Command diagnostics is the Lambda function that processes cars' messages about trouble codes from a queue, and keeps open and past
// faults and their alerts.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
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
	faults, vehicles := env.Text(names.EnvDiagnosticsTable), env.Text(names.EnvVehiclesTable)
	alerts, failures := env.Text(names.EnvAlertsTable), env.Text(names.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	cars := dynamodb.NewVehicles(tables, vehicles)
	told := alerting.New(dynamodb.NewAlerts(tables, alerts), cars, log)
	h := &handler{service: diagnostic.NewService(dynamodb.NewDiagnostics(tables, faults), cars, told, dtc.Builtin()), log: log}
	return sqsbatch.New(h.take, sqs.NewFailures(cfg, failures), log), nil
}
