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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/oklog/ulid/v2"

	"connectedcar/internal/access"
	"connectedcar/internal/alert"
	"connectedcar/internal/awsx"
	"connectedcar/internal/cognito"
	"connectedcar/internal/command"
	"connectedcar/internal/contract"
	"connectedcar/internal/diagnostic"
	"connectedcar/internal/dtc"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/health"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/iotcore"
	"connectedcar/internal/notify"
	"connectedcar/internal/once"
	"connectedcar/internal/ownership"
	"connectedcar/internal/preference"
	"connectedcar/internal/realtime"
	"connectedcar/internal/series"
	"connectedcar/internal/shadow"
	"connectedcar/internal/token"
)

// settings are what the function reads from its environment.
type settings struct {
	vehicles, states, telemetry, reports, alerts, certificates, trips, faults, preferences, commands, grants, oneTime string

	retention          time.Duration
	application        contract.Application
	pool, identityPool string
	origin             string // empty: of no web page
	clients            []string
	use                token.Use
	iotARN             string
}

func read(get func(string) string) (settings, error) {
	env := environ.New(get)
	s := settings{
		vehicles: env.Text(contract.EnvVehiclesTable), states: env.Text(contract.EnvVehicleStateTable), telemetry: env.Text(contract.EnvTelemetryTable),
		reports: env.Text(contract.EnvHealthReportsTable), alerts: env.Text(contract.EnvAlertsTable), certificates: env.Text(contract.EnvCertificatesTable),
		trips: env.Text(contract.EnvTripsTable), faults: env.Text(contract.EnvDiagnosticsTable), preferences: env.Text(contract.EnvPreferencesTable),
		commands: env.Text(contract.EnvCommandsTable), grants: env.Text(contract.EnvGrantsTable), oneTime: env.Text(contract.EnvOneTimeTable),
		retention: env.Duration(contract.EnvTelemetryRetention), pool: env.Text(contract.EnvUserPoolID), identityPool: env.Text(contract.EnvIdentityPoolID),
		clients: strings.Split(env.Text(contract.EnvUserPoolClients), ","), use: token.Use(env.Text(contract.EnvTokenUse)), iotARN: env.Text(contract.EnvIoTARN),
		origin: get(contract.EnvConsoleURL),
	}
	application, err := contract.ParseApplication(env.Text(contract.EnvApplication))
	s.application = application
	return s, errors.Join(env.Err(), err)
}

// wire makes the API from the environment.
func wire(ctx context.Context, log *slog.Logger) (http.Handler, error) {
	s, err := read(os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	authorizer, err := access.New()
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tokens, err := s.verifier(cfg, s.use)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables := dynamo.NewClient(cfg)
	cars := dynamo.NewOwnership(tables, s.vehicles, s.grants, s.oneTime)
	operations, err := s.operations(cfg, log, authorizer)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return httpapi.New(httpapi.Config{
		Tokens: tokens, Access: authorizer, Cars: cars, Once: &once.Keeper{Store: dynamo.NewOnces(tables, s.oneTime), Now: time.Now},
		Operations: operations, Log: log, Metrics: os.Stdout, Now: time.Now, Origin: s.origin, Function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}), nil
}

func (s settings) verifier(cfg aws.Config, use token.Use) (*token.Verifier, error) {
	issuer, keys, err := cognito.Signed(cfg, s.pool)
	if err != nil {
		return nil, err
	}
	return token.New(token.Config{Issuer: issuer, Clients: s.clients, Use: use, KeysURL: keys})
}

// operations are all operations of the contract, each with what it works with.
func (s settings) operations(cfg aws.Config, log *slog.Logger, authorizer *access.Authorizer) (httpapi.API, error) {
	idTokens, err := s.verifier(cfg, token.ID)
	if err != nil {
		return httpapi.API{}, err
	}
	tables, visit, positions := dynamo.NewClient(cfg), httpapi.VisitOf, httpapi.SeesPositions(authorizer, time.Now)
	cars := dynamo.NewOwnership(tables, s.vehicles, s.grants, s.oneTime)
	states, connections := dynamo.NewStates(tables, s.states), dynamo.NewPresences(tables, s.states)
	history, trips := dynamo.NewHistory(tables, s.telemetry, s.retention), dynamo.NewTrips(tables, s.trips)
	faults, alerts := dynamo.NewDiagnostics(tables, s.faults), dynamo.NewAlerts(tables, s.alerts)
	commands, shadows := dynamo.NewCommands(tables, s.commands), iotcore.NewShadows(cfg)
	book := alert.NewBook(alerts, cars)
	diagnostics := diagnostic.NewBook(faults, cars, book, dtc.Builtin())
	sender := &command.Service{Store: commands, Publisher: iotcore.NewCommands(cfg, s.application), NewID: newULID, Random: rand.Reader, Now: time.Now}
	preferences := dynamo.NewPreferences(tables, s.preferences)
	keeper := &ownership.Service{
		Store: cars, People: cognito.Drivers{Users: cognito.NewUsers(cfg, s.pool)}, Random: rand.Reader, Now: time.Now,
		Erasers: []ownership.Eraser{shadow.Personal{Store: shadows}, trips, faults, dynamo.NewStatePlaces(tables, s.states)},
	}
	return httpapi.API{
		Alerts:       &httpapi.Alerts{Store: alerts, Book: book, Cars: cars, Visit: visit, Principal: httpapi.PrincipalOf, Now: time.Now},
		Certificates: &httpapi.Certificates{Store: dynamo.NewCertificates(tables, s.certificates), Registry: iotcore.New(cfg, "", ""), Visit: visit},
		Commands:     &httpapi.Commands{Store: commands, Sender: sender, Visit: visit, Now: time.Now},
		Diagnostics:  &httpapi.Diagnostics{Store: faults, Book: diagnostics, Visit: visit, Now: time.Now},
		Fleet:        &httpapi.Fleet{Cars: cars, Connections: connections, Faults: faults, Alerts: alerts, Principal: httpapi.PrincipalOf},
		HealthReports: &httpapi.HealthReports{Visit: visit, Desk: &health.Desk{
			Store: dynamo.NewHealthReports(tables, s.reports), Cars: cars, Signals: states, Faults: faults, Samples: history, Asker: sender,
			Wait: reportWait, Now: time.Now, NewID: mustULID, Log: log,
		}},
		Me:        &httpapi.Me{Principal: httpapi.PrincipalOf},
		Ownership: &httpapi.Ownership{Keeper: keeper, Store: cars, Visit: visit, Now: time.Now},
		Preferences: &httpapi.Preferences{Store: preferences, Visit: visit, Phones: &preference.Verifier{
			Challenges: dynamo.NewChallenges(tables, s.oneTime), Store: preferences, Texter: notify.NewTexts(cfg), Random: rand.Reader, Now: time.Now,
		}},
		Realtime: &httpapi.Realtime{
			IDTokens: idTokens, Identities: cognito.NewIdentities(cfg, s.identityPool, s.pool), Visit: visit, Region: cfg.Region,
			Access: &realtime.Service{
				Application: s.application, ARN: s.iotARN, Cars: dynamo.NewUsableCars(tables, s.vehicles, s.grants),
				Identities: dynamo.NewIdentities(tables, s.preferences), Policies: iotcore.NewPolicies(cfg), Now: time.Now,
			},
		},
		Shadows:   &httpapi.Shadows{Store: shadows, Connections: connections, Visit: visit, Now: time.Now},
		States:    &httpapi.States{Store: states, Connections: connections, Visit: visit, SeesPositions: positions, Now: time.Now},
		Telemetry: &httpapi.Telemetry{Series: series.Reader{History: history, Retention: s.retention, Now: time.Now}, Visit: visit, SeesPositions: positions, Now: time.Now},
		Trips:     &httpapi.Trips{Store: trips, Samples: history, Visit: visit},
		Vehicles:  &httpapi.Vehicles{Store: cars, Faults: diagnostics, Visit: visit, Principal: httpapi.PrincipalOf, Now: time.Now},
	}, nil
}

// reportWait is how long a car that was asked for a health report may take before one is composed: it answers in seconds if at all.
const reportWait = 30 * time.Second

func newULID(at time.Time, random io.Reader) (string, error) {
	id, err := ulid.New(ulid.Timestamp(at), random)
	return id.String(), err
}

func mustULID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }
