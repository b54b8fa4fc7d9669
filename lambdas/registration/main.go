// Command registration is the Lambda function for just-in-time registration: it reads AWS IoT's announcements of certificates that
// were presented for the first time from a queue, and activates or revokes each certificate.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/registration"
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
	vehicles, certificates := env.Text(names.EnvVehiclesTable), env.Text(names.EnvCertificatesTable)
	alerts, policies := env.Text(names.EnvAlertsTable), env.Text(names.EnvDevicePolicies)
	thingType, longest := env.Text(names.EnvThingType), env.Duration(names.EnvCertificateLifetime)
	var authorities map[string]names.CertificateAuthority
	env.JSON(names.EnvCertificateAuthorities, &authorities)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	registry, tables := iot.New(cfg, thingType, strings.Split(policies, ",")...), dynamodb.NewClient(cfg)
	cars := dynamodb.NewVehicles(tables, vehicles)
	return &handler{
		registrar: &registration.Service{
			Authorities: authorities, Certificates: registry, Things: registry,
			Longest: longest, Vehicles: cars, Records: dynamodb.NewCertificates(tables, certificates),
			Alerts: alert.NewService(dynamodb.NewAlerts(tables, alerts), cars), Now: time.Now,
		},
		log: log, metrics: os.Stdout, now: time.Now, function: lambdacontext.FunctionName,
	}, nil
}
