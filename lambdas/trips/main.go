// Command trips is the Lambda function that writes trips, the only one that does: cars' own summaries, and trips that it derives
// from the telemetry of cars that send no summary.
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
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/alerting"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
	"connectedcar/internal/runtime/sqsbatch"
	"connectedcar/internal/vin"
)

func main() {
	lambdamain.Run(wire, func(in *sqsbatch.Handler) any { return in.Handle })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*sqsbatch.Handler, error) {
	env := env.New(os.Getenv)
	trips, history := env.Text(names.EnvTripsTable), env.Text(names.EnvTelemetryTable)
	alerts, vehicles := env.Text(names.EnvAlertsTable), env.Text(names.EnvVehiclesTable)
	retention, failures := env.Duration(names.EnvTelemetryRetention), env.Text(names.EnvFailureQueueURL)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	samples := dynamodb.NewHistory(tables, history, retention)
	book := trip.NewService(dynamodb.NewTrips(tables, trips), samples, trip.DefaultScoring(), trip.DefaultLimits())
	book.Faults = func(v vin.VIN, faults []trip.Fault) {
		log.Info("values left out of a trip: no car can have them", "vin", v.Redacted(), "count", len(faults), "signal", faults[0].Path, "reason", faults[0].Reason)
	}
	h := &handler{
		service: book,
		alerts:  alerting.New(dynamodb.NewAlerts(tables, alerts), dynamodb.NewVehicles(tables, vehicles), log), now: time.Now,
	}
	return sqsbatch.New(h.take, sqs.NewFailures(cfg, failures), log), nil
}
