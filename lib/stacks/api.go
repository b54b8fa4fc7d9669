package stacks

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	openapi "connectedcar/api"
	"connectedcar/internal/names"
	"connectedcar/lib/api"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
	"connectedcar/lib/identity"
	"connectedcar/lib/notification"
	"connectedcar/lib/policy"
)

// answerTime is the timeout of the API's function, a little less than the gateway's.
const answerTime = 28 * time.Second

func newAPI(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored, people *identity.Identity) *api.API {
	f := apiFunction(stack, s, runtime, d, people)
	a := api.New(stack, "API", api.Props{
		Contract: openapi.Contract, Function: f, Pool: people.Pool, AccessTokens: identity.TokenUse(s.Identity.Plan) == "access",
		Application: s.Application, Settings: s.API, ConsoleURL: s.ConsoleURL, LogRetentionDays: s.LogRetentionDays,
		Alarm: runtime.Alarm, Unguarded: s.Emulated(),
	})
	output(stack, names.OutputAPIURL, a.URL, "Where the REST API's /v1 begins")
	exportAlways(stack, a.REST.Ref(), a.Stage.Ref())
	return a
}

func apiFunction(stack awscdk.Stack, s config.Settings, runtime function.Runtime, d stored, people *identity.Identity) awslambda.Function {
	tables := apiTables(d)
	environment := map[string]*string{
		names.EnvTelemetryRetention: jsii.String(s.TelemetryRetention.String()),
		names.EnvApplication:        jsii.String(string(s.Application)),
		names.EnvUserPoolID:         people.Pool.UserPoolId(),
		names.EnvUserPoolClients:    people.ClientIDs(),
		names.EnvTokenUse:           jsii.String(identity.TokenUse(s.Identity.Plan)),
		names.EnvIdentityPoolID:     people.IdentityPool.Ref(),
		names.EnvIoTARN:             identity.IoTARN(stack),
		names.EnvConsoleURL:         jsii.String(s.ConsoleURL),
		names.EnvMakers:             jsii.String(makers(s.Manufacturers)),
		names.EnvTextCountries:      jsii.String(textCountries(s.Texts)),
	}
	for _, t := range tables {
		environment[t.variable] = t.table.TableName()
	}
	f := function.New(stack, "Function", function.Props{
		Runtime: runtime, Name: "api", Description: "Answers for the REST API", Timeout: answerTime, MemoryMB: 1024, Environment: environment,
	})
	for _, t := range tables {
		grant.Actions(f, t.table.TableArn(), t.actions...)
	}
	for index, table := range map[string]awsdynamodb.ITableV2{
		"byOwner": d.Vehicles, "byDealer": d.Vehicles, "byManufacturer": d.Vehicles, "byUser": d.Grants, "byAudience": d.Alerts,
	} {
		grant.Actions(f, jsii.String(*table.TableArn()+"/index/"+index), "dynamodb:Query")
	}
	for _, table := range []awsdynamodb.ITableV2{d.Alerts, d.Tables.Diagnostics} {
		grant.Actions(f, jsii.String(*table.TableArn()+"/index/byDealer"), "dynamodb:Query")
	}
	identity.AllowListeners(f, s.Application, d.Vehicles, d.Grants, d.Preferences)
	notification.AllowTexts(f)
	reachCars(stack, f, s.Application)
	grant.Actions(f, people.Pool.UserPoolArn(), "cognito-idp:AdminGetUser", "cognito-idp:AdminListGroupsForUser")
	return f
}

// textCountries encodes names.EnvTextCountries as JSON.
func textCountries(t config.Texts) string {
	b, err := json.Marshal(t.Countries)
	if err != nil {
		panic("textCountries: " + err.Error()) // strings and numbers always encode
	}
	return string(b)
}

// makers encodes names.EnvMakers as JSON.
func makers(all []config.Manufacturer) string {
	owners := map[string]string{}
	for _, m := range all {
		for _, wmi := range m.WMIs {
			owners[wmi] = m.ID
		}
	}
	b, err := json.Marshal(owners)
	if err != nil {
		panic("stacks: manufacturers: " + err.Error()) // strings always encode
	}
	return string(b)
}

// apiTables are the tables that the API uses, with its actions on each.
func apiTables(d stored) []access {
	actions := func(names ...string) []string {
		for n, name := range names {
			names[n] = "dynamodb:" + name
		}
		return names
	}
	return []access{
		{names.EnvVehiclesTable, d.Vehicles, actions("GetItem", "PutItem", "UpdateItem", "ConditionCheckItem")},
		{names.EnvVehicleStateTable, d.VehicleState, actions("GetItem", "BatchGetItem", "UpdateItem")},
		{names.EnvTelemetryTable, d.Tables.Telemetry, actions("Query")},
		{names.EnvHealthReportsTable, d.HealthReports, actions("GetItem", "PutItem", "Query")},
		{names.EnvAlertsTable, d.Alerts, actions("GetItem", "PutItem", "DeleteItem", "Query")},
		{names.EnvCertificatesTable, d.Tables.Certificates, actions("GetItem", "PutItem", "Query")},
		{names.EnvTripsTable, d.Tables.Trips, actions("GetItem", "Query", "UpdateItem")},
		{names.EnvDiagnosticsTable, d.Tables.Diagnostics, actions("GetItem", "PutItem", "DeleteItem", "Query", "BatchGetItem")},
		{names.EnvPreferencesTable, d.Preferences, actions("PutItem", "DeleteItem")}, // AllowListeners grants reads and updates
		{names.EnvCommandsTable, d.Tables.Commands, actions("GetItem", "PutItem", "UpdateItem", "Query")},
		{names.EnvGrantsTable, d.Grants, actions("GetItem", "PutItem", "DeleteItem", "Query")},
		{names.EnvOneTimeTable, d.OneTime, actions("GetItem", "PutItem", "UpdateItem", "DeleteItem")},
	}
}

// reachCars lets the API send commands, read and write cars' shadows, and deactivate certificates.
func reachCars(stack awscdk.Stack, f awslambda.Function, app names.Application) {
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	grant.Actions(f, jsii.String(at.IoT("topic", app.CommandRequest("*", "*"))), "iot:Publish")
	grant.Actions(f, jsii.String(at.IoT("thing", "*")), "iot:GetThingShadow", "iot:UpdateThingShadow")
	grant.Actions(f, jsii.String(at.IoT("cert", "*")), "iot:UpdateCertificate")
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Every car has commands, shadows and certificates; which of them a person reaches is the API's to decide, request by request."),
	}}, jsii.Bool(true))
}
