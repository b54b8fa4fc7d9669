package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/oklog/ulid/v2"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/aws/sns"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/names"
	"connectedcar/internal/runtime/env"
	"connectedcar/internal/token"
)

// settings are the function's settings, from environment variables.
type settings struct {
	vehicles, states, telemetry, reports, alerts, certificates, trips, faults, preferences, commands, grants, oneTime string

	retention          time.Duration
	application        names.Application
	pool, identityPool string
	origin             string // empty: no web page may read responses
	clients            []string
	use                token.Use
	iotARN             string
	makers             vehicle.Makers
	countries          preference.Countries
}

func read(get func(string) string) (settings, error) {
	env := env.New(get)
	s := settings{
		vehicles: env.Text(names.EnvVehiclesTable), states: env.Text(names.EnvVehicleStateTable), telemetry: env.Text(names.EnvTelemetryTable),
		reports: env.Text(names.EnvHealthReportsTable), alerts: env.Text(names.EnvAlertsTable), certificates: env.Text(names.EnvCertificatesTable),
		trips: env.Text(names.EnvTripsTable), faults: env.Text(names.EnvDiagnosticsTable), preferences: env.Text(names.EnvPreferencesTable),
		commands: env.Text(names.EnvCommandsTable), grants: env.Text(names.EnvGrantsTable), oneTime: env.Text(names.EnvOneTimeTable),
		retention: env.Duration(names.EnvTelemetryRetention), pool: env.Text(names.EnvUserPoolID), identityPool: env.Text(names.EnvIdentityPoolID),
		clients: strings.Split(env.Text(names.EnvUserPoolClients), ","), use: token.Use(env.Text(names.EnvTokenUse)), iotARN: env.Text(names.EnvIoTARN),
		origin: get(names.EnvConsoleURL),
	}
	env.JSON(names.EnvMakers, &s.makers)
	env.JSON(names.EnvTextCountries, &s.countries)
	application, err := names.ParseApplication(env.Text(names.EnvApplication))
	s.application = application
	return s, errors.Join(env.Err(), err)
}

// wire builds the API from the environment.
func wire(ctx context.Context, log *slog.Logger) (http.Handler, error) {
	s, err := read(os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	authorizer, err := authz.New()
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tokens, err := s.verifier(cfg, s.use)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamodb.NewClient(cfg)
	cars := dynamodb.NewOwnership(tables, s.vehicles, s.grants, s.oneTime)
	operations, err := s.operations(cfg, log, authorizer)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return httpapi.New(httpapi.Config{
		Tokens: tokens, Access: authorizer, Cars: cars, Once: &idempotency.Service{Store: dynamodb.NewOnces(tables, s.oneTime), Now: time.Now},
		Operations: operations, Log: log, Metrics: os.Stdout, Now: time.Now, Origin: s.origin, Function: lambdacontext.FunctionName,
	}), nil
}

func (s settings) verifier(cfg aws.Config, use token.Use) (*token.Verifier, error) {
	issuer, keys, err := cognito.Signed(cfg, s.pool)
	if err != nil {
		return nil, err
	}
	return token.New(token.Config{Issuer: issuer, Clients: s.clients, Use: use, KeysURL: keys})
}

// operations returns all operations of the contract, with their dependencies.
func (s settings) operations(cfg aws.Config, log *slog.Logger, authorizer *authz.Authorizer) (httpapi.API, error) {
	idTokens, err := s.verifier(cfg, token.ID)
	if err != nil {
		return httpapi.API{}, err
	}
	tables, visit, positions := dynamodb.NewClient(cfg), httpapi.VisitOf, httpapi.SeesPositions(authorizer, time.Now)
	cars := dynamodb.NewOwnership(tables, s.vehicles, s.grants, s.oneTime)
	states, connections := dynamodb.NewStates(tables, s.states), dynamodb.NewPresences(tables, s.states)
	history, trips := dynamodb.NewHistory(tables, s.telemetry, s.retention), dynamodb.NewTrips(tables, s.trips)
	faults, alerts := dynamodb.NewDiagnostics(tables, s.faults), dynamodb.NewAlerts(tables, s.alerts)
	commands, shadows := dynamodb.NewCommands(tables, s.commands), iot.NewShadows(cfg)
	book := alert.NewService(alerts, cars)
	diagnostics := diagnostic.NewService(faults, cars, book, dtc.Builtin())
	sender := &command.Service{Store: commands, Publisher: iot.NewCommands(cfg, s.application), NewID: newULID, Random: rand.Reader, Now: time.Now}
	preferences := dynamodb.NewPreferences(tables, s.preferences)
	listening := &realtime.Service{
		Application: s.application, ARN: s.iotARN, Cars: dynamodb.NewUsableCars(tables, s.vehicles, s.grants),
		Identities: dynamodb.NewIdentities(tables, s.preferences), Policies: iot.NewPolicies(cfg), Now: time.Now,
	}
	keeper := &ownership.Service{
		Listeners: listening,
		Store:     cars, People: cognito.Drivers{Users: cognito.NewUsers(cfg, s.pool)}, Random: rand.Reader, Now: time.Now,
		Erasers: []ownership.Eraser{shadow.Personal{Store: shadows}, trips, faults, ingest.PersonalStates{Store: dynamodb.NewStates(tables, s.states)}},
	}
	return httpapi.API{
		Alerts: &httpapi.Alerts{Store: alerts, Service: book, Cars: cars, Visit: visit, Principal: httpapi.PrincipalOf, Now: time.Now,
			Feedback: &anomaly.Feedback{Store: states, Now: time.Now}},
		Certificates: &httpapi.Certificates{Store: dynamodb.NewCertificates(tables, s.certificates), Registry: iot.New(cfg, ""), Alerts: book, Visit: visit, Now: time.Now},
		Commands:     &httpapi.Commands{Store: commands, Sender: sender, Visit: visit, Now: time.Now},
		Diagnostics:  &httpapi.Diagnostics{Cars: cars, Store: faults, Service: diagnostics, Visit: visit, Now: time.Now},
		Fleet:        &httpapi.Fleet{Cars: cars, Connections: connections, Faults: faults, Alerts: alerts, Principal: httpapi.PrincipalOf},
		HealthReports: &httpapi.HealthReports{Visit: visit, Service: &healthreport.Reporter{
			Store: dynamodb.NewHealthReports(tables, s.reports), Cars: cars, Signals: states, Faults: faults, Samples: history, Asker: sender,
			Wait: reportWait, Now: time.Now, NewID: mustULID, Log: log,
		}},
		Me:        &httpapi.Me{Principal: httpapi.PrincipalOf},
		Ownership: &httpapi.Ownership{Service: keeper, Store: cars, Visit: visit, Now: time.Now},
		Preferences: &httpapi.Preferences{Store: preferences, Visit: visit, Phones: &preference.Verifier{
			Challenges: dynamodb.NewChallenges(tables, s.oneTime), Store: preferences, Texter: sns.NewTexts(cfg), Countries: s.countries, Random: rand.Reader, Now: time.Now,
		}},
		Realtime: &httpapi.Realtime{
			IDTokens: idTokens, Identities: cognito.NewIdentities(cfg, s.identityPool, s.pool), Visit: visit, Region: cfg.Region,
			Access: listening,
		},
		Shadows:   &httpapi.Shadows{Store: shadows, Connections: connections, Visit: visit, Now: time.Now},
		States:    &httpapi.States{Store: states, Connections: connections, Visit: visit, SeesPositions: positions, Now: time.Now},
		Telemetry: &httpapi.Telemetry{Series: timeseries.Reader{History: history, Retention: s.retention, Now: time.Now}, Visit: visit, SeesPositions: positions, Now: time.Now, State: states},
		Trips:     &httpapi.Trips{Store: trips, Samples: history, Visit: visit},
		Vehicles:  &httpapi.Vehicles{Store: cars, Faults: diagnostics, Alerts: book, Makers: s.makers, Visit: visit, Principal: httpapi.PrincipalOf, Now: time.Now},
	}, nil
}

// reportWait is the time that a car has to send a health report before one is composed: a connected car answers within seconds.
const reportWait = 30 * time.Second

func newULID(at time.Time, random io.Reader) (string, error) {
	id, err := ulid.New(ulid.Timestamp(at), random)
	return id.String(), err
}

func mustULID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }
