// Package jitr registers cars just in time: AWS IoT's announcement of an unknown certificate goes into a queue, and a function
// takes it from there as fast as AWS IoT's control plane allows. What it cannot do is kept.
package jitr

import (
	"encoding/json"
	"fmt"
	"strings"
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
	"connectedcar/lib/worker"
)

// Props configures JITR. All are required, but Authorities may be empty.
type Props struct {
	Runtime function.Runtime
	// Concurrency is the number of concurrent registrations; Lambda can be held to no fewer than 2.
	Concurrency int
	Vehicles    awsdynamodb.ITableV2 // the allow-list
	Certs       awsdynamodb.ITableV2 // the certificates' history
	Alerts      awsdynamodb.ITableV2
	Registry    Registry
}

// Registry names the resources of AWS IoT's registry that the function reads and makes.
type Registry struct {
	ThingType    *string
	Group        Group // of every car
	DevicePolicy *string
	Authorities  []Authority
}

// Group is a thing group.
type Group struct {
	Name string
	ARN  *string
}

// Authority is a CA whose cars register, the manufacturer that it vouches for and the group of that manufacturer's cars.
type Authority struct {
	ID, ARN      *string
	Manufacturer string
	Group        Group
}

// JITR is just-in-time registration: its queue is the announcements to do, its failures those given up on.
type JITR struct{ *worker.Worker }

const (
	batch   = 5 // registrations a run; each takes up to a second when the control plane throttles
	timeout = 30 * time.Second
	// attempts times the visibility timeout, 3 minutes, is the time that AWS IoT's control plane may refuse before a registration is given
	// up. The car's next connection announces it again anyway.
	attempts = 6
	patience = 15 * time.Minute // how long a new car may wait
)

// New makes it.
func New(scope constructs.Construct, id string, props Props) *JITR {
	j := &JITR{worker.New(scope, id, worker.Props{
		Function: function.Props{
			Runtime:     props.Runtime,
			Name:        "registration",
			Description: "Registers cars just in time: certificate, allow-list, thing, policy, activation",
			Timeout:     timeout,
			Environment: environment(props),
		},
		Queue: worker.Queue{
			Batch: batch, Concurrency: props.Concurrency, Attempts: attempts, Patience: patience,
			Slow: "New cars wait for their registration. The function registration fails (see its log), " +
				"or more cars come than `jitrConcurrency` and AWS IoT's quotas let through.",
		},
		Failed: "Cars could not be registered. The log of the function registration says why; " +
			"they are tried again at their next connection, or with `carctl redrive`.",
	})}
	j.grant(props)
	return j
}

func environment(props Props) map[string]*string {
	return map[string]*string{
		names.EnvVehiclesTable:          props.Vehicles.TableName(),
		names.EnvCertificatesTable:      props.Certs.TableName(),
		names.EnvAlertsTable:            props.Alerts.TableName(),
		names.EnvDevicePolicy:           props.Registry.DevicePolicy,
		names.EnvThingType:              props.Registry.ThingType,
		names.EnvFleetGroup:             jsii.String(props.Registry.Group.Name),
		names.EnvCertificateAuthorities: jsii.String(authorities(props.Registry.Authorities)),
	}
}

// authorities writes the JSON of contract.EnvCertificateAuthorities in the order of the settings. A map would be sorted by its
// keys, which are the CDK's placeholders here: their order says nothing and changes.
func authorities(all []Authority) string {
	entries := make([]string, len(all))
	for i, a := range all {
		value, err := json.Marshal(names.CertificateAuthority{Manufacturer: a.Manufacturer, ThingGroup: a.Group.Name})
		if err != nil {
			panic("jitr.New: Registry.Authorities: " + err.Error()) // two texts always encode
		}
		entries[i] = fmt.Sprintf("%q:%s", *a.ID, value)
	}
	return "{" + strings.Join(entries, ",") + "}"
}

func (j *JITR) grant(props Props) {
	grant.Actions(j.Function, props.Vehicles.TableArn(), "dynamodb:GetItem", "dynamodb:UpdateItem")
	grant.Actions(j.Function, props.Certs.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem")
	grant.Actions(j.Function, props.Alerts.TableArn(), "dynamodb:PutItem")
	stack := awscdk.Stack_Of(j.Construct)
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	scope := policy.RegistrationScope{Groups: []string{*props.Registry.Group.ARN}}
	for _, a := range props.Registry.Authorities {
		scope.Groups = append(scope.Groups, *a.Group.ARN)
		scope.CAs = append(scope.CAs, *a.ARN)
	}
	for _, s := range policy.Registration(at, scope) {
		j.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(s.Action...), Resources: jsii.Strings(s.Resource...),
		}))
	}
	cdknag.NagSuppressions_AddResourceSuppressions(j.Function.Role(), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Things and certificates are made when cars connect, so their names are not known here; " +
			"AWS accepts iot:AttachThingPrincipal for * only."),
	}}, jsii.Bool(true))
}
