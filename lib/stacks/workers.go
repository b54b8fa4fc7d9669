package stacks

import (
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

// workers are the functions that take cars' messages off queues.
type workers struct{ diagnostics, trips, events, presence, commands *function.Worker }

const (
	workTime  = 30 * time.Second
	workBatch = 10
	// waiting is the age of a message that rings the alarm.
	waiting = 15 * time.Minute
)

// access is a table that a function uses, with what it does there.
type access struct {
	variable string
	table    awsdynamodb.ITableV2
	actions  []string
}

func newWorkers(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored) workers {
	make := func(id, name, description, what, own string, more map[string]*string, tables ...access) *function.Worker {
		environment := map[string]*string{}
		for variable, value := range more {
			environment[variable] = value
		}
		for _, t := range tables {
			environment[t.variable] = t.table.TableName()
		}
		w := function.NewWorker(stack, id, function.WorkerProps{
			Function: function.Props{Runtime: runtime, Name: name, Description: description, Timeout: workTime, Environment: environment},
			Queue: function.WorkerQueue{Batch: workBatch, Concurrency: s.Workers.Concurrency, Attempts: s.Workers.Attempts, Patience: waiting,
				Slow: what + " wait for a quarter of an hour. The function " + name + " fails: see its log."},
			Failed:   what + " could not be taken. Each message says why, or is as it came; `carctl redrive` lists them and sends them again.",
			OwnQueue: own, OwnFailures: names.EnvFailureQueueURL,
		})
		for _, t := range tables {
			grant.Actions(w.Function, t.table.TableArn(), t.actions...)
		}
		return w
	}
	cars := access{names.EnvVehiclesTable, d.Vehicles, []string{"dynamodb:GetItem"}}
	alerts := access{names.EnvAlertsTable, d.Alerts, []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"}}
	var w workers
	w.diagnostics = make("Diagnostics", "diagnostics", "Keeps cars' trouble codes: those that are open, and those that were", "Diagnostics of cars", "", nil,
		access{names.EnvDiagnosticsTable, d.Tables.Diagnostics, []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"}}, cars, alerts)
	w.trips = make("Trips", "trips", "Keeps and scores trips, and derives those that cars do not sum up", "Trips of cars", "",
		map[string]*string{names.EnvTelemetryRetention: jsii.String(s.TelemetryRetention.String())},
		access{names.EnvTripsTable, d.Tables.Trips, []string{"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"}},
		access{names.EnvTelemetryTable, d.Tables.Telemetry, []string{"dynamodb:Query"}}, cars, alerts)
	w.events = make("Events", "events", "Raises alerts of crashes, tows and harsh driving", "Events of cars", "", nil, cars, alerts)
	w.commands = make("Commands", "commands", "Takes cars' answers to commands", "Answers of cars to commands", "", nil,
		access{names.EnvCommandsTable, d.Tables.Commands, []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}})
	w.presence = make("Presence", "presence", "Follows which cars are connected", "Connects and disconnects of cars", names.EnvPresenceQueueURL,
		map[string]*string{names.EnvTripQueueURL: w.trips.Queue.QueueUrl(), names.EnvConnectivityGrace: jsii.String(s.Workers.Grace.String())},
		access{names.EnvVehicleStateTable, d.VehicleState, []string{"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"}}, cars, alerts)
	grant.Actions(w.presence.Function, w.trips.Queue.QueueArn(), "sqs:SendMessage")
	w.output(stack)
	return w
}

// functions are the functions alone, without their alarms and mappings, for rules to come after.
func (w workers) functions() []constructs.IDependable {
	var all []constructs.IDependable
	for _, worker := range []*function.Worker{w.diagnostics, w.trips, w.events, w.presence, w.commands} {
		all = append(all, worker.Function.Node().DefaultChild())
	}
	return all
}

func (w workers) output(stack awscdk.Stack) {
	for _, o := range []struct {
		worker          *function.Worker
		queue, failures string
		what            string
	}{
		{w.diagnostics, names.OutputDiagnosticsQueue, names.OutputDiagnosticsFailures, "Diagnostics"},
		{w.trips, names.OutputTripQueue, names.OutputTripFailures, "Trips"},
		{w.events, names.OutputEventQueue, names.OutputEventFailures, "Events"},
		{w.presence, names.OutputPresenceQueue, names.OutputPresenceFailures, "Connects and disconnects"},
		{w.commands, names.OutputCommandQueue, names.OutputCommandFailures, "Answers to commands"},
	} {
		output(stack, o.queue, o.worker.Queue.QueueUrl(), o.what+" to take")
		output(stack, o.failures, o.worker.Failures.QueueUrl(), o.what+" given up on")
	}
}
