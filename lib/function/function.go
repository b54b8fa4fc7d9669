package function

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/alarm"
	"connectedcar/lib/config"
	"connectedcar/lib/gobuild"
)

// Runtime has the common settings of an environment's functions.
type Runtime struct {
	Code             Code
	Architecture     config.Architecture
	LogRetentionDays int
	Alarm            awscloudwatch.IAlarmAction
	// Reserved is the reserved concurrency by the function's name.
	Reserved map[string]int
}

// Props configures a function.
type Props struct {
	// Runtime has the common settings of functions. Required.
	Runtime Runtime
	// Name is the function's folder below `lambdas`. Required.
	Name string
	// Description is the function's description in AWS. Required.
	Description string
	// Environment are the function's environment variables; their names are constants of internal/names.
	Environment map[string]*string
	// Timeout limits one invocation. Required.
	Timeout time.Duration
	// MemoryMB is the memory in MB; the share of a processor is proportional to it. Default: 256.
	MemoryMB float64
}

// applicationIDLimit is the maximum length of an application id in characters: depending on the SDK, a longer one is truncated or refused.
const applicationIDLimit = 50

// New makes the function. It may write its log and traces; the caller grants everything else.
func New(scope constructs.Construct, id string, props Props) awslambda.Function {
	props.check(id)
	group := LogGroup(scope, id+"Logs", props.Runtime.LogRetentionDays)
	role := awsiam.NewRole(scope, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("What the function " + props.Name + " may do"),
	})
	group.GrantWrite(role)
	f := awslambda.NewFunction(scope, jsii.String(id), &awslambda.FunctionProps{
		Description:   jsii.String(props.Description),
		Code:          awslambda.Code_FromAsset(jsii.String(props.Runtime.Code.of(props.Name, props.Runtime.Architecture)), nil),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Handler:       jsii.String(gobuild.Bootstrap),
		Architecture:  architecture(props.Runtime.Architecture),
		Environment:   props.environment(),
		Timeout:       awscdk.Duration_Seconds(jsii.Number(props.Timeout.Seconds())),
		MemorySize:    jsii.Number(max(props.MemoryMB, 256)),
		LogGroup:      group,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		Role:          role,
		Tracing:       awslambda.Tracing_ACTIVE,

		ReservedConcurrentExecutions: reserved(props),
	})
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:        jsii.String("AwsSolutions-IAM5"),
		Reason:    jsii.String("X-Ray takes traces for no resource in particular: AWS accepts these two actions for * only."),
		AppliesTo: &[]any{"Resource::*"},
	}}, jsii.Bool(true))
	watchFunction(f, props)
	return f
}

// reserved returns nil if no concurrency is reserved: zero would prevent every invocation.
func reserved(props Props) *float64 {
	if n := props.Runtime.Reserved[props.Name]; n > 0 {
		return jsii.Number(float64(n))
	}
	return nil
}

// environment adds the function's name as the SDK's application id, which is part of the user agent of every AWS call, so that CloudTrail
// shows the calling function. https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
func (p Props) environment() *map[string]*string {
	env := maps.Clone(p.Environment)
	if env == nil {
		env = map[string]*string{}
	}
	env[names.EnvApplicationID] = jsii.String(p.Name)
	return &env
}

func (p Props) check(id string) {
	switch {
	case p.Name == "":
		panic("function.New " + id + ": Name is required")
	case len(p.Name) > applicationIDLimit:
		panic(fmt.Sprintf("gofunction.New %s: Name %q has %d characters: an application id has at most %d", id, p.Name, len(p.Name), applicationIDLimit))
	case p.Description == "":
		panic("function.New " + id + ": Description is required")
	case p.Timeout < time.Second:
		panic("function.New " + id + ": Timeout of a second or more is required")
	case p.Runtime.Alarm == nil || p.Runtime.Architecture == "":
		panic("function.New " + id + ": Runtime is required")
	}
}

func architecture(a config.Architecture) awslambda.Architecture {
	if a == config.AMD64 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

func watchFunction(f awslambda.Function, p Props) {
	alarm.On(f, "Errors", f.MetricErrors(alarm.Sum()), alarm.Limit{AtLeast: 1,
		Advice: "The function " + p.Name + " ended with an error. Its log says which; its events are tried again, then set aside."}, p.Runtime.Alarm)
	alarm.On(f, "Throttles", f.MetricThrottles(alarm.Sum()), alarm.Limit{AtLeast: 1, Periods: 3,
		Advice: "The function " + p.Name + " does not get to run: the account's concurrent executions are used up."}, p.Runtime.Alarm)
}
