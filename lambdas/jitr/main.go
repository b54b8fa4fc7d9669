// Command jitr is the Lambda function that registers cars just in time: it reads AWS IoT's announcements of certificates that
// were presented for the first time from a queue, and activates or revokes each certificate.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"connectedcar/internal/awsx"
	"connectedcar/internal/contract"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/iotcore"
	"connectedcar/internal/registration"
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
	vehicles, certificates := env.Text(contract.EnvVehiclesTable), env.Text(contract.EnvCertificatesTable)
	alerts, policy := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvDevicePolicy)
	thingType, fleet := env.Text(contract.EnvThingType), env.Text(contract.EnvFleetGroup)
	var authorities map[string]contract.CertificateAuthority
	env.JSON(contract.EnvCertificateAuthorities, &authorities)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	registry, tables := iotcore.New(cfg, thingType, policy), dynamo.NewClient(cfg)
	return &handler{
		registrar: &registration.Registrar{
			Authorities: authorities, FleetGroup: fleet, Certificates: registry, Things: registry,
			Vehicles: dynamo.NewVehicles(tables, vehicles), Records: dynamo.NewCertificates(tables, certificates),
			Alerts: dynamo.NewAlerts(tables, alerts), Now: time.Now,
		},
		log: log, metrics: os.Stdout, now: time.Now, function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
