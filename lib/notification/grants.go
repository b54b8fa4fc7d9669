package notification

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/grant"
	"connectedcar/lib/policy"
)

func (a *Alerts) grant(props Props) {
	f, tables := a.Function, props.Tables
	grant.Actions(f, tables.Alerts.TableArn(), "dynamodb:GetItem")
	grant.Actions(f, tables.Vehicles.TableArn(), "dynamodb:GetItem")
	grant.Actions(f, tables.Grants.TableArn(), "dynamodb:Query")
	grant.Actions(f, tables.Preferences.TableArn(), "dynamodb:GetItem")
	grant.Actions(f, tables.OneTime.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
	for _, t := range []*string{a.Manufacturer.TopicArn(), a.Dealer.TopicArn(), a.Operator.TopicArn()} {
		grant.Actions(f, t, "sns:Publish")
	}
	grant.Actions(f, a.key.KeyArn(), "kms:Decrypt", "kms:GenerateDataKey")
	grant.Actions(f, a.Bus.EventBusArn(), "events:PutEvents")
	grant.Actions(f, props.Pool.UserPoolArn(), "cognito-idp:ListUsers")
	stack := awscdk.Stack_Of(a.Construct)
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	grant.Actions(f, jsii.String(at.IoT("topic", props.Application.AlertRequest("*"))), "iot:Publish")
	AllowTexts(f)
	if props.EmailSender != "" {
		allowMail(f, props.EmailSender)
	}
	cdknag.NagSuppressions_AddResourceSuppressions(f.Role(), &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Every car gets alerts, on the one topic of each that is for them; and every phone may get SMS, for which there is no ARN."),
	}}, jsii.Bool(true))
}

// AllowTexts lets a function send SMS, but not publish to topics: SNS uses one action for both, and phone numbers have no ARN.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
func AllowTexts(f awslambda.Function) {
	topics := "arn:" + *awscdk.Stack_Of(f).Partition() + ":sns:*:*:*"
	f.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("sns:Publish"), NotResources: jsii.Strings(topics),
	}))
}

// allowMail lets the function send e-mail from that address only, through its domain in Amazon SES.
func allowMail(f awslambda.Function, sender string) {
	_, domain, _ := strings.Cut(sender, "@")
	arn := awscdk.Stack_Of(f).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("ses"), Resource: jsii.String("identity"), ResourceName: jsii.String(domain),
	})
	f.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("ses:SendEmail"), Resources: &[]*string{arn},
		Conditions: &map[string]any{"StringEquals": map[string]any{"ses:FromAddress": sender}},
	}))
}
