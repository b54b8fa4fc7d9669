// Command identitypolicy is the Lambda function that keeps the IoT policies of people to their cars: it follows the tables of
// vehicles and grants, and wakes when a grant ends.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/iotcore"
	"connectedcar/internal/realtime"
	"connectedcar/internal/scheduler"
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
	vehicles, grants := env.Text(contract.EnvVehiclesTable), env.Text(contract.EnvGrantsTable)
	preferences, arn := env.Text(contract.EnvPreferencesTable), env.Text(contract.EnvIoTARN)
	app, group, role := env.Text(contract.EnvApplication), env.Text(contract.EnvScheduleGroup), env.Text(contract.EnvScheduleRole)
	if err := env.Err(); err != nil {
		return nil, err
	}
	application, err := contract.ParseApplication(app)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", contract.EnvApplication, err)
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	return &handler{
		keeper: &realtime.Service{
			Application: application, ARN: arn, Cars: dynamo.NewUsableCars(tables, vehicles, grants),
			Identities: dynamo.NewIdentities(tables, preferences), Policies: iotcore.NewPolicies(cfg),
			Alarms: scheduler.NewAlarms(cfg, group, role, self), Now: time.Now,
		},
		log: log,
	}, nil
}

// self is the ARN of this function, as the call that the context belongs to says.
func self(ctx context.Context) string {
	call, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return ""
	}
	return call.InvokedFunctionArn
}
