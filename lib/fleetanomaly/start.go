package fleetanomaly

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

const startTime = 30 * time.Second

// Start starts the job after its creation, because the service creates every application in a stopped state. Afterwards the service
// restarts the job itself, after updates and failures. A job that an operator stops stays stopped after the next deployment.
func Start(scope constructs.Construct, id string, runtime function.Runtime, job *Job) {
	c := constructs.NewConstruct(scope, jsii.String(id))
	f := function.New(c, "Function", function.Props{
		Runtime: runtime, Name: "flinkstart", Description: "Starts the windows over the whole fleet when they are made", Timeout: startTime,
	})
	arn := awscdk.Stack_Of(c).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("kinesisanalytics"), Resource: jsii.String("application"), ResourceName: job.Application.Ref(),
	})
	grant.Actions(f, arn, "kinesisanalytics:DescribeApplication", "kinesisanalytics:StartApplication")
	started := awscdk.NewCustomResource(c, jsii.String("Resource"), &awscdk.CustomResourceProps{
		ResourceType: jsii.String("Custom::StartedApplication"), ServiceToken: f.FunctionArn(), ServiceTimeout: awscdk.Duration_Minutes(jsii.Number(2)),
		Properties: &map[string]any{names.PropertyApplication: job.Application.Ref()},
	})
	started.Node().AddDependency(f.Role(), job.Construct)
}
