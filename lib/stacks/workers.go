package stacks

import (
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// workers are the functions that consume queues of cars' messages, by name.
type workers map[string]*function.Worker

const (
	workTime  = 30 * time.Second
	workBatch = 10
	// waiting is the age of the oldest message that raises the alarm.
	waiting = 15 * time.Minute
)

// access is a table that a function uses, with the function's actions on it.
type access struct {
	variable string
	table    awsdynamodb.ITableV2
	actions  []string
}

// needs are a worker's settings other than its queues.
type needs struct {
	ownQueue    string // variable with the URL of its own queue; empty: it sends no messages to itself
	environment map[string]*string
	tables      []access
	// sendsTo is the name of an earlier worker whose queue this one sends messages to; variable holds the queue's URL.
	sendsTo, variable string
}

func newWorkers(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored) workers {
	all, of := workers{}, needsOf(s, d)
	for _, w := range names.Workers {
		n := of[w.Name]
		environment := map[string]*string{}
		maps.Copy(environment, n.environment)
		for _, t := range n.tables {
			environment[t.variable] = t.table.TableName()
		}
		if n.sendsTo != "" {
			environment[n.variable] = all[n.sendsTo].Queue.QueueUrl()
		}
		worker := function.NewWorker(stack, w.ID, function.WorkerProps{
			Function: function.Props{Runtime: runtime, Name: w.Name, Description: w.Does, Timeout: workTime, Environment: environment},
			Queue: function.WorkerQueue{Batch: workBatch, Concurrency: s.Workers.Concurrency, Attempts: s.Workers.Attempts, Patience: waiting,
				Slow: w.Takes + " wait for a quarter of an hour. The function " + w.Name + " fails: see its log."},
			Failed:   w.Takes + " could not be taken. Each message says why, or is as it came; `carctl redrive` lists them and sends them again.",
			OwnQueue: n.ownQueue, OwnFailures: names.EnvFailureQueueURL,
		})
		for _, t := range n.tables {
			grant.Actions(worker.Function, t.table.TableArn(), t.actions...)
		}
		if n.sendsTo != "" {
			grant.Actions(worker.Function, all[n.sendsTo].Queue.QueueArn(), "sqs:SendMessage")
		}
		all[w.Name] = worker
		output(stack, w.Queue, worker.Queue.QueueUrl(), w.Takes+", to take")
		output(stack, w.GivenUp, worker.Failures.QueueUrl(), w.Takes+", given up on")
	}
	return all
}

func needsOf(s config.Settings, d stored) map[string]needs {
	cars := access{names.EnvVehiclesTable, d.Vehicles, []string{"dynamodb:GetItem"}}
	alerts := access{names.EnvAlertsTable, d.Alerts, []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"}}
	return map[string]needs{
		names.WorkerDiagnostics: {tables: []access{
			{names.EnvDiagnosticsTable, d.Tables.Diagnostics, []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"}}, cars, alerts,
		}},
		names.WorkerTrips: {
			environment: map[string]*string{names.EnvTelemetryRetention: jsii.String(s.TelemetryRetention.String())},
			tables: []access{
				{names.EnvTripsTable, d.Tables.Trips, []string{"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"}},
				{names.EnvTelemetryTable, d.Tables.Telemetry, []string{"dynamodb:Query"}}, cars, alerts,
			},
		},
		names.WorkerEvents: {tables: []access{cars, alerts}},
		names.WorkerCommands: {tables: []access{
			{names.EnvCommandsTable, d.Tables.Commands, []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}},
		}},
		names.WorkerPresence: {
			ownQueue: names.EnvPresenceQueueURL, sendsTo: names.WorkerTrips, variable: names.EnvTripQueueURL,
			environment: map[string]*string{names.EnvConnectivityGrace: jsii.String(s.Workers.Grace.String())},
			tables: []access{
				{names.EnvVehicleStateTable, d.VehicleState, []string{"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"}}, cars, alerts,
			},
		},
	}
}

// functions returns the functions without their alarms and mappings, as dependencies for rules.
func (w workers) functions() []constructs.IDependable {
	var all []constructs.IDependable
	for _, worker := range names.Workers {
		all = append(all, w[worker.Name].Function.Node().DefaultChild())
	}
	return all
}
