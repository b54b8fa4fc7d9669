package ingest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
	"connectedcar/lib/policy"
)

// RegistrationProps configures Registration. All fields are required, except that Registry.Authorities may be empty.
type RegistrationProps struct {
	Runtime function.Runtime
	// Concurrency is the maximum number of concurrent registrations; Lambda's minimum for this limit is 2.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	Concurrency int
	// CertificateLifetime is the longest accepted validity of a car's certificate.
	CertificateLifetime time.Duration
	Vehicles            awsdynamodb.ITableV2 // the allow-list
	Certs               awsdynamodb.ITableV2 // history of the cars' certificates
	Alerts              awsdynamodb.ITableV2
	Registry            Registry
}

// Registry names the resources of AWS IoT's registry that the function reads or creates.
type Registry struct {
	ThingType   *string
	Policies    []*string // policies to attach to the certificate of every car
	Authorities []Authority
}

// Group is a thing group.
type Group struct {
	Name, ARN string
}

// Authority is a CA whose cars may register, with its manufacturer and the thing group of the manufacturer's cars.
type Authority struct {
	ID, ARN      string
	Manufacturer string
	Group        Group
}

// Registration registers cars just in time. AWS IoT announces an unknown certificate, a rule sends the announcement to a queue, and a
// function processes the queue at the rate that AWS IoT's control plane allows. The dead-letter queue holds announcements whose retries
// were exhausted.
// https://docs.aws.amazon.com/iot/latest/developerguide/auto-register-device-cert.html
type Registration struct{ *function.Worker }

const (
	registrationBatch   = 5 // registrations in one invocation; each takes up to a second when the control plane throttles
	registrationTimeout = 30 * time.Second
	// registrationAttempts times the visibility timeout (3 minutes) is the time for which AWS IoT's control plane may fail before a
	// registration goes to the dead-letter queue. The car's next connection announces the certificate again.
	registrationAttempts = 6
	registrationPatience = 15 * time.Minute // age of an announcement that raises the alarm
)

// NewRegistration makes the queue and the function.
func NewRegistration(scope constructs.Construct, id string, props RegistrationProps) *Registration {
	r := &Registration{function.NewWorker(scope, id, function.WorkerProps{
		Function: function.Props{
			Runtime:     props.Runtime,
			Name:        "registration",
			Description: "Registers cars just in time: certificate, allow-list, thing, policy, activation",
			Timeout:     registrationTimeout,
			Environment: registrationEnvironment(props),
		},
		Queue: function.WorkerQueue{
			Batch: registrationBatch, Concurrency: props.Concurrency, Attempts: registrationAttempts, Patience: registrationPatience,
			Slow: "New cars wait for their registration. The function registration fails (see its log), " +
				"or more cars come than `jitrConcurrency` and AWS IoT's quotas let through.",
		},
		Failed: "Cars could not be registered. The log of the function registration says why; " +
			"they are tried again at their next connection, or with `carctl redrive`.",
	})}
	r.grant(props)
	return r
}

func registrationEnvironment(props RegistrationProps) map[string]*string {
	return map[string]*string{
		names.EnvVehiclesTable:          props.Vehicles.TableName(),
		names.EnvCertificatesTable:      props.Certs.TableName(),
		names.EnvAlertsTable:            props.Alerts.TableName(),
		names.EnvCertificateLifetime:    jsii.String(props.CertificateLifetime.String()),
		names.EnvDevicePolicies:         awscdk.Fn_Join(jsii.String(","), &props.Registry.Policies),
		names.EnvThingType:              props.Registry.ThingType,
		names.EnvCertificateAuthorities: jsii.String(authorities(props.Registry.Authorities)),
	}
}

// authorities encodes names.EnvCertificateAuthorities: a JSON object that maps a CA's id to its names.CertificateAuthority.
func authorities(all []Authority) string {
	entries := map[string]names.CertificateAuthority{}
	for _, a := range all {
		entries[a.ID] = names.CertificateAuthority{Manufacturer: a.Manufacturer, ThingGroup: a.Group.Name}
	}
	value, err := json.Marshal(entries)
	if err != nil {
		panic("ingest.NewRegistration: Registry.Authorities: " + err.Error()) // strings always encode
	}
	return string(value)
}

func (r *Registration) grant(props RegistrationProps) {
	grant.Actions(r.Function, props.Vehicles.TableArn(), "dynamodb:GetItem", "dynamodb:UpdateItem")
	grant.Actions(r.Function, props.Certs.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
	grant.Actions(r.Function, props.Alerts.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem")
	stack := awscdk.Stack_Of(r.Construct)
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	var scope policy.RegistrationScope
	for _, a := range props.Registry.Authorities {
		if !slices.Contains(scope.Groups, a.Group.ARN) { // a manufacturer may have several CAs, all with the same group
			scope.Groups = append(scope.Groups, a.Group.ARN)
		}
		scope.CAs = append(scope.CAs, a.ARN)
	}
	for _, s := range policy.Registration(at, scope) {
		r.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(s.Action...), Resources: jsii.Strings(s.Resource...),
		}))
	}
	cdknag.NagSuppressions_AddResourceSuppressions(r.Function.Role(), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Things and certificates are made when cars connect, so their names are not known here; " +
			"AWS accepts iot:AttachThingPrincipal for * only."),
	}}, jsii.Bool(true))
}
