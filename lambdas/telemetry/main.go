// Command telemetry is the Lambda function that writes telemetry from the stream into the tables, each car's newest values and the
// hot history, and raises alerts about anomalies of the car.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/alerting"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
)

//go:embed priors.json
var priors []byte // `carctl anomaly priors` writes it

func main() {
	lambdamain.Run(wire, func(h *handler) any { return h.handle })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	env := env.New(os.Getenv)
	states, history := env.Text(names.EnvVehicleStateTable), env.Text(names.EnvTelemetryTable)
	retention, failures := env.Duration(names.EnvTelemetryRetention), env.Text(names.EnvFailureQueueURL)
	alerts, cars := env.Text(names.EnvAlertsTable), env.Text(names.EnvVehiclesTable)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	usual, err := anomaly.ParsePriors(priors)
	if err != nil {
		return nil, fmt.Errorf("start: priors.json: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	return &handler{
		ingester: &ingest.Service{
			States: dynamodb.NewStates(tables, states), History: dynamodb.NewHistory(tables, history, retention),
			Failures: sqs.NewFailures(cfg, failures), Detector: anomaly.New(anomaly.Defaults()), Priors: usual,
			Alerts: alerting.New(dynamodb.NewAlerts(tables, alerts), dynamodb.NewVehicles(tables, cars), log), Cars: dynamodb.NewVehicles(tables, cars),
		},
		log: log, metrics: os.Stdout, now: time.Now, function: lambdacontext.FunctionName,
	}, nil
}
