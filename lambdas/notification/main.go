// Command notification is the Lambda function that notifies people, cars and integrations of alerts. It reads the stream of the table of
// alerts, from which it fills a queue of deliveries, and processes that queue.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"connectedcar/internal/aws/awsconfig"
	"connectedcar/internal/aws/cognito/addresses"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/eventbridge"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/aws/ses"
	"connectedcar/internal/aws/sns"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/notification"
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
	alerts, vehicles, grants := env.Text(names.EnvAlertsTable), env.Text(names.EnvVehiclesTable), env.Text(names.EnvGrantsTable)
	preferences, oneTime := env.Text(names.EnvPreferencesTable), env.Text(names.EnvOneTimeTable)
	deliveries, failures := env.Text(names.EnvDeliveryQueueURL), env.Text(names.EnvFailureQueueURL)
	application, bus, pool := env.Text(names.EnvApplication), env.Text(names.EnvEventBus), env.Text(names.EnvUserPoolID)
	trusted := env.List(names.EnvTrustedEmail)
	var topics map[string]string
	env.JSON(names.EnvAlertTopics, &topics)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsconfig.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables, queue := dynamodb.NewClient(cfg), sqs.NewDeliveries(cfg, deliveries)
	ledger := dynamodb.NewDeliveries(tables, oneTime)
	courier := &notification.Dispatcher{
		Queue: queue, Failures: sqs.NewFailedDeliveries(cfg, failures), Ledger: ledger, Notes: ledger,
		Alerts: dynamodb.NewAlerts(tables, alerts), Vehicles: dynamodb.NewVehicles(tables, vehicles), Persons: dynamodb.NewPersons(tables, vehicles, grants, time.Now),
		Preferences: dynamodb.NewPreferences(tables, preferences), Addresses: addresses.New(cfg, pool, trusted...),
		Topics: sns.NewTopics(cfg, topics), Bus: eventbridge.NewBus(cfg, bus),
		Cars: iot.NewAlerts(cfg, names.Application(application)), Texter: sns.NewTexts(cfg), Now: time.Now,
	}
	if sender := env.Optional(names.EnvEmailSender); sender != "" {
		courier.Mailer = ses.NewMail(cfg, sender)
	}
	h := &handler{dispatcher: courier, log: log, metrics: os.Stdout, now: time.Now, function: lambdacontext.FunctionName}
	h.announcer = &notification.Announcer{Queue: queue, Notes: ledger, Now: time.Now, Flood: h.flood}
	return h, nil
}
