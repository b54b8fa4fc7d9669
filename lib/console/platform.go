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

// Branch is the platform branch of the environment.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html#platforms-supported.go
const Branch = "Go 1 running on 64bit Amazon Linux 2023"

const findTime = 30 * time.Second

// platform returns the ARN of the branch's platform version, which a custom resource looks up at the first deployment. A fixed version
// would be retired within months, and then a creation would fail. Later deployments keep the first result, and managed updates install
// newer versions.
func (h *Hosting) platform() *string {
	f := function.New(h.Construct, "Platform", function.Props{
		Runtime: h.props.Runtime, Name: "platformversion", Description: "Finds the current platform of Elastic Beanstalk", Timeout: findTime,
	})
	grant.Actions(f, jsii.String("*"), "elasticbeanstalk:ListPlatformVersions") // the list of AWS's platforms has no resource to name
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
