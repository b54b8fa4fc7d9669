package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"connectedcar/internal/names"
	"connectedcar/lib/policy"
	"connectedcar/lib/rules"
)

// routes makes the rules that route messages.
type routes struct {
	registrations awssqs.IQueue        // announcements of new certificates
	stream        awskinesis.IStream   // telemetry
	reports       awskinesis.IStream   // diagnostics, connects and disconnects for windows over the whole fleet; nil: no Flink
	raw           awss3.IBucket        // events and diagnostics
	work          workers              // consumers of events, diagnostics, trips, connects and disconnects, and command responses
	healthReports awsdynamodb.ITableV2 // health reports
	mismatches    awslogs.ILogGroup    // records of messages on another car's topic
	failures      awssqs.IQueue        // messages whose action failed
	readers       []constructs.IDependable
	alarm         awscloudwatch.IAlarmAction
}

// sender is the VIN of the message's sender, as a substitution template of a rule.
const sender = "${topic(3)}"

func route(stack awscdk.Stack, app names.Application, to routes) {
	add := func(id, purpose, description, sql string, actions ...rules.Action) {
		rules.New(stack, id, rules.Props{
			Name: app.RuleName(purpose), Description: description, SQL: sql, SQLVersion: policy.SQLVersion,
			Actions: actions, ErrorAction: rules.SQS{Queue: to.failures}, Readers: to.readers, Alarm: to.alarm,
		})
	}
	message := func(kind names.Kind, id, description string, actions []rules.Action, columns ...string) {
		add(id, string(kind), description, policy.Messages(app, kind, columns...), actions...)
	}
	also := func(partitionKey string, actions ...rules.Action) []rules.Action {
		if to.reports == nil {
			return actions
		}
		return append(actions, rules.Kinesis{Stream: to.reports, PartitionKey: partitionKey})
	}
	queue := func(worker string) rules.Action { return rules.SQS{Queue: to.work[worker].Queue} }
	add("RegistrationRule", names.RuleRegistration, "New certificates, to be registered just in time",
		policy.Registrations(), rules.SQS{Queue: to.registrations})
	message(names.Telemetry, "TelemetryRule", "Telemetry, each car's in order",
		[]rules.Action{rules.Kinesis{Stream: to.stream, PartitionKey: sender}})
	message(names.Event, "EventRule", "Events, as the cars sent them and for their function",
		[]rules.Action{raw(to.raw, names.Event), queue(names.WorkerEvents)})
	message(names.Diagnostics, "DiagnosticsRule", "Diagnostics, as the cars sent them and for their function",
		also(sender, raw(to.raw, names.Diagnostics), queue(names.WorkerDiagnostics)))
	message(names.Trip, "TripRule", "Trips, for the one function that keeps them",
		[]rules.Action{queue(names.WorkerTrips)})
	message(names.HealthReport, "HealthReportRule", "Health reports, straight to their table",
		[]rules.Action{rules.DynamoDBv2{Table: to.healthReports}}, "id AS reportId")
	add("CommandResponseRule", names.RuleCommandResponse, "Cars' answers to commands",
		policy.CommandResponses(app), queue(names.WorkerCommands))
	add("PresenceRule", names.RulePresence, "Connects and disconnects, of other environments' cars too",
		policy.Presence(), also("${topic(5)}", queue(names.WorkerPresence))...)
	add("MismatchRule", names.RuleMismatch, "Messages on the topic of a car that did not send them: counted, dropped",
		policy.Mismatches(app), rules.CloudwatchLogs{LogGroup: to.mismatches})
}

// raw stores each message as a separate object. The key contains the time and a random part, so that no object replaces another.
func raw(bucket awss3.IBucket, kind names.Kind) rules.Action {
	return rules.S3{Bucket: bucket, Folder: "raw/" + string(kind), Key: "vin=" + sender + "/${timestamp()}-${newuuid()}.json"}
}
