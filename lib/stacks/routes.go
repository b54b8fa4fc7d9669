package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"connectedcar/internal/contract"
	"connectedcar/lib/policy"
	"connectedcar/lib/rules"
)

// routes is where messages go.
type routes struct {
	registrations awssqs.IQueue        // announcements of new certificates
	stream        awskinesis.IStream   // telemetry
	raw           awss3.IBucket        // events, diagnostics and trips
	healthReports awsdynamodb.ITableV2 // health reports
	mismatches    awslogs.ILogGroup    // accounts of messages on another car's topic
	failures      awssqs.IQueue        // messages that an action failed for
	alarm         awscloudwatch.IAlarmAction
}

// sender is the car that a message comes from, in a rule's substitution templates.
const sender = "${topic(3)}"

func route(stack awscdk.Stack, app contract.Application, to routes) {
	add := func(id, purpose, description, sql string, action rules.Action) {
		rules.New(stack, id, rules.Props{
			Name: app.RuleName(purpose), Description: description, SQL: sql, SQLVersion: policy.SQLVersion,
			Actions: []rules.Action{action}, ErrorAction: rules.SQS{Queue: to.failures}, Alarm: to.alarm,
		})
	}
	message := func(kind contract.Kind, id, description string, action rules.Action, columns ...string) {
		add(id, string(kind), description, policy.Messages(app, kind, columns...), action)
	}
	add("RegistrationRule", "registration", "New certificates, to be registered just in time",
		policy.Registrations(), rules.SQS{Queue: to.registrations})
	message(contract.Telemetry, "TelemetryRule", "Telemetry, each car's in order",
		rules.Kinesis{Stream: to.stream, PartitionKey: sender})
	message(contract.Event, "EventRule", "Events as the cars sent them",
		raw(to.raw, contract.Event))
	message(contract.Diagnostics, "DiagnosticsRule", "Diagnostics as the cars sent them",
		raw(to.raw, contract.Diagnostics))
	message(contract.Trip, "TripRule", "Trips as the cars sent them",
		raw(to.raw, contract.Trip))
	message(contract.HealthReport, "HealthReportRule", "Health reports, straight to their table",
		rules.DynamoDBv2{Table: to.healthReports}, "id AS reportId")
	add("MismatchRule", "identity_mismatch", "Messages on the topic of a car that did not send them: counted, dropped",
		policy.Mismatches(app), rules.CloudwatchLogs{LogGroup: to.mismatches})
}

// raw keeps each message as an object of its own: time and a random part, so that none replaces another.
func raw(bucket awss3.IBucket, kind contract.Kind) rules.Action {
	return rules.S3{Bucket: bucket, Folder: "raw/" + string(kind), Key: "vin=" + sender + "/${timestamp()}-${newuuid()}.json"}
}
