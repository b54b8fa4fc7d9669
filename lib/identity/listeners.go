package identity

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
	"connectedcar/lib/policy"
)

// ListenersProps configures Listeners. All are required.
type ListenersProps struct {
	Runtime     function.Runtime
	Application names.Application
	Vehicles    awsdynamodb.ITableV2 // needs an enabled stream
	Grants      awsdynamodb.ITableV2 // needs an enabled stream
	Preferences awsdynamodb.ITableV2 // holds users' identity ids
}

// Listeners maintains the AWS IoT policies that define which cars each user may subscribe to.
type Listeners struct {
	constructs.Construct
	Function awslambda.Function
	Failures awssqs.Queue // stream positions of changes whose retries were exhausted
}

const (
	keepTime  = time.Minute
	keepBatch = 20 // changes in one invocation: each concerns one or two users, and each user takes about ten calls of AWS IoT's control plane
)

// owned matches the changes of cars that have or had an owner.
var owned = []map[string]any{has("NewImage"), has("OldImage")}

func has(image string) map[string]any {
	return map[string]any{"dynamodb": map[string]any{image: map[string]any{"ownerId": map[string]any{"S": []any{map[string]any{"exists": true}}}}}}
}

// NewListeners makes the function, its failure queue and its schedules.
func NewListeners(scope constructs.Construct, id string, props ListenersProps) *Listeners {
	l := &Listeners{Construct: constructs.NewConstruct(scope, jsii.String(id))}
	l.Failures = function.DeadLetterQueue(l.Construct, "Failures", "People may listen to cars that they may not use any more, or may not yet to those that they may: "+
		"the function realtime gave changes up. Its log says why; each person's policies are right again when they next open the app.", props.Runtime.Alarm)
	group := awsscheduler.NewScheduleGroup(l.Construct, jsii.String("GrantEnds"), &awsscheduler.ScheduleGroupProps{RemovalPolicy: awscdk.RemovalPolicy_DESTROY})
	caller := newCaller(l.Construct, group)
	l.Function = function.New(l.Construct, "Function", function.Props{
		Runtime:     props.Runtime,
		Name:        "realtime",
		Description: "Keeps the IoT policies of people to the cars that they may use now",
		Timeout:     keepTime,
		Environment: map[string]*string{
			names.EnvVehiclesTable:    props.Vehicles.TableName(),
			names.EnvGrantsTable:      props.Grants.TableName(),
			names.EnvPreferencesTable: props.Preferences.TableName(),
			names.EnvApplication:      jsii.String(string(props.Application)),
			names.EnvIoTARN:           IoTARN(l.Construct),
			names.EnvScheduleGroup:    group.ScheduleGroupName(),
			names.EnvScheduleRole:     caller.RoleArn(),
		},
	})
	// When a grant ends, EventBridge Scheduler invokes the function asynchronously.
	l.Function.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		RetryAttempts: jsii.Number(2), OnFailure: function.SendAsyncFailures(l.Failures),
	})
	grant.Actions(caller, l.Function.FunctionArn(), "lambda:InvokeFunction")
	allowSchedules(l.Function, group, caller)
	AllowListeners(l.Function, props.Application, props.Vehicles, props.Grants, props.Preferences)
	l.follow(props)
	return l
}

// follow invokes the function on changes of cars and grants.
func (l *Listeners) follow(props ListenersProps) {
	for _, source := range []struct {
		id      string
		table   awsdynamodb.ITableV2
		filters []map[string]any
	}{{"Vehicles", props.Vehicles, owned}, {"Grants", props.Grants, nil}} {
		function.FollowTable(l.Construct, source.id, function.TableStreamProps{
			Function: l.Function, Table: source.table, Batch: keepBatch, Filters: source.filters, Failures: l.Failures, Alarm: props.Runtime.Alarm,
			Late: "People may listen to cars for longer than they may use them. The function realtime fails (see its log) or AWS IoT throttles it.",
		})
	}
}

// newCaller makes the role with which EventBridge Scheduler invokes the function. Only schedules of the group may use it.
func newCaller(scope constructs.Construct, group awsscheduler.ScheduleGroup) awsiam.Role {
	return awsiam.NewRole(scope, jsii.String("Caller"), &awsiam.RoleProps{
		Description: jsii.String("EventBridge Scheduler, calling the function realtime when a grant ends"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(), "aws:SourceArn": group.ScheduleGroupArn(),
			}},
		}),
	})
}

// allowSchedules lets the function create, change and delete schedules of the group, and pass the caller role to them.
func allowSchedules(f awslambda.Function, group awsscheduler.ScheduleGroup, caller awsiam.Role) {
	schedules := awscdk.Stack_Of(f).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("scheduler"), Resource: jsii.String("schedule"), ResourceName: jsii.String(*group.ScheduleGroupName() + "/" + names.GrantSchedulePrefix + "*"),
	})
	grant.Actions(f, schedules, "scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule")
	f.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("iam:PassRole"), Resources: &[]*string{caller.RoleArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"iam:PassedToService": "scheduler.amazonaws.com"}},
	}))
}

// IoTARN is the ARN prefix of all AWS IoT resources in this account and region: the value of names.EnvIoTARN.
func IoTARN(scope constructs.Construct) *string {
	stack := awscdk.Stack_Of(scope)
	return jsii.String("arn:" + *stack.Partition() + ":iot:" + *stack.Region() + ":" + *stack.Account())
}

// AllowListeners lets a function maintain users' IoT policies: read who may use which car, store identity ids, and write and attach
// policies. The functions realtime and api need it.
func AllowListeners(f awslambda.Function, app names.Application, vehicles, grants, preferences awsdynamodb.ITableV2) {
	for _, index := range []struct {
		table awsdynamodb.ITableV2
		name  string
	}{{vehicles, "byOwner"}, {grants, "byUser"}} {
		grant.Actions(f, index.table.TableArn(), "dynamodb:BatchGetItem")
		grant.Actions(f, jsii.String(*index.table.TableArn()+"/index/"+index.name), "dynamodb:Query")
	}
	grant.Actions(f, preferences.TableArn(), "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem")
	stack := awscdk.Stack_Of(f)
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	for _, s := range policy.KeepingListeners(app, at) {
		f.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(s.Action...), Resources: jsii.Strings(s.Resource...),
		}))
	}
	actions, resources := policy.NotAttaching(at)
	f.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect: awsiam.Effect_DENY, Actions: jsii.Strings(actions...), Resources: jsii.Strings(resources...),
	}))
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("People's policies and schedules are made when people come, so their names are not known here but how they begin; " +
			"AWS IoT knows Cognito identities by no ARN, and attaching to anything else is denied."),
	}}, jsii.Bool(true))
}
