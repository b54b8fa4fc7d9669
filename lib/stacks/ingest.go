package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/fleet"
	"connectedcar/lib/function"
	"connectedcar/lib/ingest"
)

func newIngest(stack awscdk.Stack, s config.Settings, runtime function.Runtime, data stored, reports awskinesis.IStream, cars *fleet.Fleet) {
	alarm := runtime.Alarm

	registration := ingest.NewRegistration(stack, "JITR", ingest.RegistrationProps{
		Runtime: runtime, Concurrency: s.JITRConcurrency, CertificateLifetime: s.CertificateLifetime,
		Vehicles: data.Vehicles, Certs: data.Certificates, Alerts: data.Alerts,
		Registry: registry(cars),
	})
	telemetry := ingest.NewTelemetry(stack, "Telemetry", ingest.TelemetryProps{
		Runtime: runtime, Stream: data.stream, State: data.VehicleState, History: data.Tables.Telemetry, Alerts: data.Alerts, Vehicles: data.Vehicles,
		Parallelization: s.Stream.Parallelization, FanOut: s.Stream.FanOut, Retention: s.TelemetryRetention, GivenUp: data.Buckets.Failures,
	})
	failures := function.DeadLetterQueue(stack, "RuleFailures", "The action of a rule failed for messages of cars. Each message here is AWS IoT's account of it, "+
		"with the original payload; `carctl redrive` lists them.", alarm)
	mismatches := ingest.NewMismatches(stack, "Mismatches", s.LogRetentionDays, alarm)
	work := newWorkers(stack, s, runtime, data)
	route(stack, s.Application, routes{
		registrations: registration.Queue,
		stream:        data.stream,
		reports:       reports,
		raw:           data.Raw,
		healthReports: data.HealthReports,
		mismatches:    mismatches,
		work:          work,
		readers:       append(work.functions(), telemetry.Function.Node().DefaultChild()),
		failures:      failures,
		alarm:         alarm,
	})

	output(stack, names.OutputRegistrationQueue, registration.Queue.QueueUrl(), "Registrations to do")
	output(stack, names.OutputRegistrationFailures, registration.Failures.QueueUrl(), "Registrations given up on")
	output(stack, names.OutputTelemetryFailureQueue, telemetry.Failures.QueueUrl(), "Telemetry that could not be used, with the reason")
	output(stack, names.OutputRuleFailureQueue, failures.QueueUrl(), "Messages that the action of a rule failed for")
}

// registry converts the fleet to the registry that registration uses.
func registry(cars *fleet.Fleet) ingest.Registry {
	r := ingest.Registry{
		ThingType: cars.ThingType.Ref(),
		Policies:  []*string{cars.Policy.Ref(), cars.BasicIngest.Ref()},
	}
	for _, a := range cars.Authorities {
		r.Authorities = append(r.Authorities, ingest.Authority{
			ID: a.ID, ARN: a.ARN, Manufacturer: a.Manufacturer,
			Group: ingest.Group{Name: a.Group.Name, ARN: a.Group.ARN},
		})
	}
	return r
}
