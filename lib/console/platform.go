package console

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/function"
	"connectedcar/lib/grant"
)

// Branch is the branch of platforms that the environment is made on.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html#platforms-supported.go
const Branch = "Go 1 running on 64bit Amazon Linux 2023"

const findTime = 30 * time.Second

// platform has the branch's current version found at the first deployment. Names of versions age within months, and a stale one fails the
// creation; later deployments keep the first, and managed updates go on from there.
func (h *Hosting) platform() *string {
	f := function.New(h.Construct, "Platform", function.Props{
		Runtime: h.props.Runtime, Name: "platformversion", Description: "Finds the current platform of Elastic Beanstalk", Timeout: findTime,
	})
	grant.Actions(f, jsii.String("*"), "elasticbeanstalk:ListPlatformVersions") // a list of AWS's own
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM5"), Reason: jsii.String("Platforms are AWS's; they are listed by no resource."), AppliesTo: &[]any{"Resource::*"},
	}}, jsii.Bool(true))
	found := awscdk.NewCustomResource(h.Construct, jsii.String("PlatformVersion"), &awscdk.CustomResourceProps{
		ResourceType: jsii.String("Custom::PlatformVersion"), ServiceToken: f.FunctionArn(), ServiceTimeout: awscdk.Duration_Minutes(jsii.Number(2)),
		Properties: &map[string]any{names.PropertyBranch: Branch},
	})
	found.Node().AddDependency(f.Role())
	return found.GetAttString(jsii.String(names.AttributeARN))
}
