// Command telemetry is the Lambda function that takes telemetry from the stream into the tables: each car's newest values and the
// hot history, and raises alerts of what is wrong with the car.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/alert"
	"connectedcar/internal/anomaly"
	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/ingest"
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
	states, history := env.Text(contract.EnvVehicleStateTable), env.Text(contract.EnvTelemetryTable)
	retention, failures := env.Duration(contract.EnvTelemetryRetention), env.Text(contract.EnvFailureQueueURL)
	alerts, cars := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvVehiclesTable)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	return &handler{
		ingester: &ingest.Ingester{
			States: dynamo.NewStates(tables, states), History: dynamo.NewHistory(tables, history, retention),
			Failures: queue.NewFailures(cfg, failures), Detector: anomaly.New(anomaly.Defaults()),
			Alerts: alert.NewBook(dynamo.NewAlerts(tables, alerts), dynamo.NewVehicles(tables, cars)), Cars: dynamo.NewVehicles(tables, cars),
		},
		log: log, metrics: os.Stdout, now: time.Now, function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
