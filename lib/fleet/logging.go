package fleet

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/config"
)

// NewLogging enables AWS IoT's own log. An account has one in a region, so at most one environment there may enable it.
func NewLogging(scope constructs.Construct, id string, level config.LogLevel) awsiot.CfnLogging {
	this := constructs.NewConstruct(scope, jsii.String(id))
	stack := awscdk.Stack_Of(this)
	role := awsiam.NewRole(this, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("iot.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
		}),
		Description: jsii.String("Lets AWS IoT write its own log"),
	})
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutMetricFilter", "logs:PutRetentionPolicy"),
		// AWS IoT chooses the names of the log groups, which start with AWSIotLogsV2.
		// https://docs.aws.amazon.com/iot/latest/developerguide/cloud-watch-logs.html
		Resources: jsii.Strings(*stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("logs"), Resource: jsii.String("log-group"), ResourceName: jsii.String("AWSIotLogsV2*"),
			ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		})),
	}))
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("AWS IoT names the log streams; the log group's own name is fixed."),
	}}, jsii.Bool(true))
	return awsiot.NewCfnLogging(this, jsii.String("Logging"), &awsiot.CfnLoggingProps{
		AccountId:       stack.Account(),
		DefaultLogLevel: jsii.String(string(level)),
		RoleArn:         role.RoleArn(),
	})
}
