// Command notify is the Lambda function that tells people, cars and integrations of alerts. It follows the changes of the table of
// alerts, from which it fills a queue of deliveries, and empties that queue.
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
	"connectedcar/internal/delivery"
	"connectedcar/internal/dynamo"
	"connectedcar/internal/environ"
	"connectedcar/internal/notify"
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
	alerts, vehicles, grants := env.Text(contract.EnvAlertsTable), env.Text(contract.EnvVehiclesTable), env.Text(contract.EnvGrantsTable)
	preferences, oneTime := env.Text(contract.EnvPreferencesTable), env.Text(contract.EnvOneTimeTable)
	deliveries, failures := env.Text(contract.EnvDeliveryQueueURL), env.Text(contract.EnvFailureQueueURL)
	application, bus, pool := env.Text(contract.EnvApplication), env.Text(contract.EnvEventBus), env.Text(contract.EnvUserPoolID)
	var topics map[string]string
	env.JSON(contract.EnvAlertTopics, &topics)
	if err := env.Err(); err != nil {
		return nil, err
	}
	cfg, err := awsx.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	tables, queue := dynamo.NewClient(cfg), notify.NewQueue(cfg, deliveries)
	ledger := dynamo.NewDeliveries(tables, oneTime)
	courier := &delivery.Courier{
		Queue: queue, Failures: notify.NewFailures(cfg, failures), Ledger: ledger, Notes: ledger,
		Alerts: dynamo.NewAlerts(tables, alerts), Persons: dynamo.NewPersons(tables, vehicles, grants, time.Now),
		Preferences: dynamo.NewPreferences(tables, preferences), Addresses: notify.NewAddresses(cfg, pool),
		Topics: notify.NewTopics(cfg, topics), Bus: notify.NewBus(cfg, bus),
		Cars: notify.NewCars(cfg, contract.Application(application)), Texter: notify.NewTexts(cfg), Now: time.Now,
	}
	if sender := os.Getenv(contract.EnvEmailSender); sender != "" {
		courier.Mailer = notify.NewMail(cfg, sender)
	}
	return &handler{
		announcer: &delivery.Announcer{Queue: queue, Notes: ledger, Now: time.Now}, courier: courier,
		log: log, metrics: os.Stdout, now: time.Now, function: os.Getenv("AWS_LAMBDA_FUNCTION_NAME"),
	}, nil
}
