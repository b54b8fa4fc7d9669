package iam

import (
	"context"
	"time"

	"connectedcar/internal/aws/cognito"
	"connectedcar/internal/aws/dynamodb"
	"connectedcar/internal/aws/iot"
	"connectedcar/internal/aws/scheduler"
	"connectedcar/internal/aws/sns"
	"connectedcar/internal/aws/sqs"
	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/vin"
)

const (
	car  = vin.VIN("1ACEV26S0TA000001")
	user = "0d9f6c5e-0000-4000-8000-000000000001"
)

type rareCall = func(context.Context, cloud)

// rareCalls are the calls that functions make after faults, and in uses that `make smoke` does not cover. Their answers do not matter.
var rareCalls = map[string][]rareCall{
	"api":          {policies, revocation, driver, grantsChanged, alertsChanged, tripRead, carsOf, identity, certificateKept, reportAsked},
	"claims":       {func(ctx context.Context, c cloud) { _ = users(c).AddToGroup(ctx, user, "driver") }},
	"commands":     {failures("CommandsFailuresAC4C34AF")},
	"diagnostics":  {failures("DiagnosticsFailuresF468CC96"), alertsChanged},
	"events":       {failures("EventsFailuresF865D7C1"), alertsChanged},
	"notification": {deliveryReleased, func(ctx context.Context, c cloud) { _ = sns.NewTexts(c.cfg).Text(ctx, "+491701", "text") }},
	"presence":     {failures("PresenceFailures1D5B41D8"), alertsChanged, statesRead},
	"realtime":     {policies, schedules, identityRead, carsOf},
	"registration": {thing},
	"telemetry":    {alertsChanged},
	"trips":        {failures("TripsFailuresE5077202"), alertsChanged, tripRemoved, samplesRead, vehicleRead},
}

func tables(c cloud) dynamodb.API { return dynamodb.NewClient(c.cfg) }

func (c cloud) table(id string) string { return c.name("AWS::DynamoDB::GlobalTable", id) }

func users(c cloud) *cognito.Users {
	return cognito.NewUsers(c.cfg, c.name("AWS::Cognito::UserPool", "IdentityPool9E5AED46"))
}

func policies(ctx context.Context, c cloud) {
	p := iot.NewPolicies(c.cfg)
	_ = p.Attach(ctx, "connectedcar-cars-identity-absent", "{}", "eu-central-1:identity")
	_ = p.Attach(ctx, "connectedcar-cars-identity-full", "{}", "eu-central-1:identity")
	_ = p.Remove(ctx, "connectedcar-cars-identity-full", "eu-central-1:identity")
	_, _ = p.Attached(ctx, "eu-central-1:identity")
}

func revocation(ctx context.Context, c cloud) {
	_ = iot.New(c.cfg, "car").SetStatus(ctx, "certificate", registration.Revoked)
}

func driver(ctx context.Context, c cloud) {
	_, _ = cognito.Drivers{Users: users(c)}.ByEmail(ctx, "driver@example.com")
	_, _ = users(c).GroupsOf(ctx, user)
}

func owners(c cloud) *dynamodb.Ownership {
	return dynamodb.NewOwnership(tables(c), c.table("TablesVehiclesD2C46105"), c.table("TablesGrantsA53A3550"), c.table("TablesOneTime441D8EA6"))
}

func grantsChanged(ctx context.Context, c cloud) {
	_ = owners(c).PutGrant(ctx, ownership.Grant{VIN: car, UserID: user, GrantedBy: user, GrantedAt: time.Unix(1, 0), Until: time.Unix(2, 0)})
	_ = owners(c).RemoveGrant(ctx, car, user)
}

func alertsChanged(ctx context.Context, c cloud) {
	alerts := dynamodb.NewAlerts(tables(c), c.table("TablesAlertsF4292B9D"))
	thread, _ := alerts.Thread(ctx, string(car), "key")
	thread.VIN, thread.DedupKey = string(car), "key"
	_ = alerts.Commit(ctx, thread, []alert.Alert{{ID: "a", VIN: string(car)}}, []string{"b"})
}

func tripRead(ctx context.Context, c cloud) {
	_, _ = dynamodb.NewTrips(tables(c), c.table("TablesTrips21E2FE40")).Trip(ctx, car, "trip")
}

func tripRemoved(ctx context.Context, c cloud) {
	_ = dynamodb.NewTrips(tables(c), c.table("TablesTrips21E2FE40")).RemoveTrip(ctx, car, "trip")
}

func samplesRead(ctx context.Context, c cloud) {
	history := dynamodb.NewHistory(tables(c), c.table("TablesTelemetry5516B9D9"), time.Hour)
	_, _ = history.Between(ctx, car, time.Unix(0, 0), time.Unix(60, 0), 1)
}

func vehicleRead(ctx context.Context, c cloud) {
	_, _ = dynamodb.NewVehicles(tables(c), c.table("TablesVehiclesD2C46105")).Vehicle(ctx, car)
}

func statesRead(ctx context.Context, c cloud) {
	_, _ = dynamodb.NewStates(tables(c), c.table("TablesVehicleStateB8805241")).States(ctx, []vin.VIN{car})
}

func carsOf(ctx context.Context, c cloud) {
	_, _ = dynamodb.NewUsableCars(tables(c), c.table("TablesVehiclesD2C46105"), c.table("TablesGrantsA53A3550")).CarsOf(ctx, user, time.Unix(0, 0), car)
}

func identity(ctx context.Context, c cloud) {
	identities := dynamodb.NewIdentities(tables(c), c.table("TablesPreferencesE50178EC"))
	_, _ = identities.Begin(ctx, user)
	_, _ = identities.Begun(ctx, user)
}

func identityRead(ctx context.Context, c cloud) {
	_, _ = dynamodb.NewIdentities(tables(c), c.table("TablesPreferencesE50178EC")).Begun(ctx, user)
}

func certificateKept(ctx context.Context, c cloud) {
	_ = dynamodb.NewCertificates(tables(c), c.table("TablesCertificates24783BF1")).PutRecord(ctx, certificate.Record{VIN: string(car)})
}

func reportAsked(ctx context.Context, c cloud) {
	_ = dynamodb.NewHealthReports(tables(c), c.table("TablesHealthReports81B3D8A2")).PutPending(ctx, healthreport.Report{VIN: car})
}

func failures(queue string) rareCall {
	return func(ctx context.Context, c cloud) {
		_, _ = sqs.NewFailures(c.cfg, c.name("AWS::SQS::Queue", queue)).Keep(ctx, []ingest.Envelope{{Reason: "reason"}})
	}
}

func deliveryReleased(ctx context.Context, c cloud) {
	_ = dynamodb.NewDeliveries(tables(c), c.table("TablesOneTime441D8EA6")).Release(ctx, "delivery")
}

func schedules(ctx context.Context, c cloud) {
	alarms := scheduler.NewAlarms(c.cfg, c.scheduleGroup(), c.roleOf("ListenersCaller3CBC78A6"), func(context.Context) string { return "arn:aws:lambda:eu-central-1:000000000000:function:f" })
	_ = alarms.Set(ctx, user, time.Unix(60, 0))
	_ = alarms.Set(ctx, user, time.Time{})
}

// scheduleGroup is the group's name in the rights of the function that creates schedules.
func (c cloud) scheduleGroup() string {
	for _, r := range c.judge.Assembly.Of("AWS::Scheduler::ScheduleGroup") {
		name, _ := c.judge.Assembly.Text(r, "Name")
		return name
	}
	return ""
}

func (c cloud) roleOf(id string) string {
	for _, r := range c.judge.Assembly.Of("AWS::IAM::Role") {
		if r.ID == id {
			arn, _ := c.judge.Assembly.ARN(r)
			return arn
		}
	}
	return ""
}

func thing(ctx context.Context, c cloud) {
	registry := iot.New(c.cfg, "car")
	_ = registry.EnsureThing(ctx, registration.Thing{Name: string(car)})
	_ = registry.AttachCertificate(ctx, string(car), "arn:aws:iot:eu-central-1:000000000000:cert/c")
}
