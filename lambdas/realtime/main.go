// Command realtime is the Lambda function that keeps the IoT policies of users in line with their cars: it reads the streams of the tables
// of vehicles and grants, and is called when a grant ends.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/aws/scheduler"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/runtime/lambdamain"
)

func main() {
	lambdamain.Run(wire, func(h *handler) any { return h.handle })
}

// wire builds the handler from the environment.
func wire(ctx context.Context, log *slog.Logger) (*handler, error) {
	env := env.New(os.Getenv)
	vehicles, grants := env.Text(names.EnvVehiclesTable), env.Text(names.EnvGrantsTable)
	preferences, arn := env.Text(names.EnvPreferencesTable), env.Text(names.EnvIoTARN)
	app, group, role := env.Text(names.EnvApplication), env.Text(names.EnvScheduleGroup), env.Text(names.EnvScheduleRole)
	if err := env.Err(); err != nil {
		return nil, err
	}
	application, err := names.ParseApplication(app)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", names.EnvApplication, err)
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	return &handler{
		keeper: &realtime.Service{
			Application: application, ARN: arn, Cars: dynamodb.NewUsableCars(tables, vehicles, grants),
			Identities: dynamodb.NewIdentities(tables, preferences), Policies: iot.NewPolicies(cfg),
			Alarms: scheduler.NewAlarms(cfg, group, role, self), Now: time.Now,
		},
		log: log,
	}, nil
}

// self returns the ARN of this function, from the context of the call.
func self(ctx context.Context) string {
	call, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return ""
	}
	return call.InvokedFunctionArn
}
