package stacks

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	openapi "connectedcar/api"
	"connectedcar/internal/contract"
	"connectedcar/lib/alerts"
	"connectedcar/lib/allow"
	"connectedcar/lib/api"
	"connectedcar/lib/config"
	"connectedcar/lib/gofunction"
	"connectedcar/lib/identity"
	"connectedcar/lib/policy"
)

// answerTime is how long the API may take: a little less than its gateway waits.
const answerTime = 28 * time.Second

func newAPI(stack awscdk.Stack, s config.Settings, runtime gofunction.Runtime, d stored, people *identity.Identity) {
	f := apiFunction(stack, s, runtime, d, people)
	a := api.New(stack, "API", api.Props{
		Contract: openapi.Contract, Function: f, Pool: people.Pool, AccessTokens: identity.TokenUse(s.Identity.Plan) == "access",
		Application: s.Application, Settings: s.API, ConsoleURL: s.ConsoleURL, LogRetentionDays: s.LogRetentionDays,
		Alarm: runtime.Alarm, Unguarded: s.Emulated(),
	})
	output(stack, contract.OutputAPIURL, a.URL, "Where the REST API's /v1 begins")
}

func apiFunction(stack awscdk.Stack, s config.Settings, runtime gofunction.Runtime, d stored, people *identity.Identity) awslambda.Function {
	tables := apiTables(d)
	environment := map[string]*string{
		contract.EnvTelemetryRetention: jsii.String(s.TelemetryRetention.String()),
		contract.EnvApplication:        jsii.String(string(s.Application)),
		contract.EnvUserPoolID:         people.Pool.UserPoolId(),
		contract.EnvUserPoolClients:    people.ClientIDs(),
		contract.EnvTokenUse:           jsii.String(identity.TokenUse(s.Identity.Plan)),
		contract.EnvIdentityPoolID:     people.IdentityPool.Ref(),
		contract.EnvIoTARN:             identity.IoTARN(stack),
		contract.EnvConsoleURL:         jsii.String(s.ConsoleURL),
	}
	for _, t := range tables {
		environment[t.variable] = t.table.TableName()
	}
	f := gofunction.New(stack, "Function", gofunction.Props{
		Runtime: runtime, Name: "api", Description: "Answers for the REST API", Timeout: answerTime, MemoryMB: 1024, Environment: environment,
	})
	for _, t := range tables {
		allow.Actions(f, t.table.TableArn(), t.actions...)
	}
	for index, table := range map[string]awsdynamodb.ITableV2{
		"byOwner": d.Vehicles, "byDealer": d.Vehicles, "byManufacturer": d.Vehicles, "byUser": d.Grants, "byAudience": d.Alerts,
	} {
		allow.Actions(f, jsii.String(*table.TableArn()+"/index/"+index), "dynamodb:Query")
	}
	for _, table := range []awsdynamodb.ITableV2{d.Alerts, d.Tables.Diagnostics} {
		allow.Actions(f, jsii.String(*table.TableArn()+"/index/byDealer"), "dynamodb:Query")
	}
	identity.AllowListeners(f, s.Application, d.Vehicles, d.Grants, d.Preferences)
	alerts.AllowTexts(f)
	reachCars(stack, f, s.Application)
	allow.Actions(f, people.Pool.UserPoolArn(), "cognito-idp:AdminGetUser", "cognito-idp:AdminListGroupsForUser")
	return f
}

// apiTables are the tables that the API reads and writes, with what it does there.
func apiTables(d stored) []access {
	actions := func(names ...string) []string {
		for n, name := range names {
			names[n] = "dynamodb:" + name
		}
		return names
	}
	return []access{
		{contract.EnvVehiclesTable, d.Vehicles, actions("GetItem", "PutItem", "UpdateItem")},
		{contract.EnvVehicleStateTable, d.VehicleState, actions("GetItem", "BatchGetItem", "UpdateItem")},
		{contract.EnvTelemetryTable, d.Tables.Telemetry, actions("Query")},
		{contract.EnvHealthReportsTable, d.HealthReports, actions("GetItem", "PutItem", "Query")},
		{contract.EnvAlertsTable, d.Alerts, actions("GetItem", "PutItem", "DeleteItem", "Query")},
		{contract.EnvCertificatesTable, d.Tables.Certificates, actions("GetItem", "PutItem", "Query")},
		{contract.EnvTripsTable, d.Tables.Trips, actions("GetItem", "Query", "UpdateItem")},
		{contract.EnvDiagnosticsTable, d.Tables.Diagnostics, actions("GetItem", "PutItem", "DeleteItem", "Query", "BatchGetItem")},
		{contract.EnvPreferencesTable, d.Preferences, actions("GetItem", "PutItem", "UpdateItem", "DeleteItem")},
		{contract.EnvCommandsTable, d.Tables.Commands, actions("GetItem", "PutItem", "UpdateItem", "Query")},
		{contract.EnvGrantsTable, d.Grants, actions("GetItem", "PutItem", "DeleteItem", "Query")},
		{contract.EnvOneTimeTable, d.OneTime, actions("GetItem", "PutItem", "UpdateItem", "DeleteItem")},
	}
}

// reachCars lets the API send commands, read and write cars' shadows, and cut certificates off.
func reachCars(stack awscdk.Stack, f awslambda.Function, app contract.Application) {
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	allow.Actions(f, jsii.String(at.IoT("topic", app.CommandRequest("*", "*"))), "iot:Publish")
	allow.Actions(f, jsii.String(at.IoT("thing", "*")), "iot:GetThingShadow", "iot:UpdateThingShadow")
	allow.Actions(f, jsii.String(at.IoT("cert", "*")), "iot:UpdateCertificate")
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Every car has commands, shadows and certificates; which of them a person reaches is the API's to decide, request by request."),
	}}, jsii.Bool(true))
}
