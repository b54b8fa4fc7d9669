package console

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/lib/grant"
)

// roles are the role of the instances and the service role of Elastic Beanstalk.
type roles struct {
	instances, service awsiam.Role
	profile            awsiam.CfnInstanceProfile
}

func (h *Hosting) roles(application awselasticbeanstalk.CfnApplication, secret awssecretsmanager.Secret) roles {
	r := roles{service: h.serviceRole()}
	r.instances = awsiam.NewRole(h.Construct, jsii.String("InstanceRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("ec2.amazonaws.com"), nil), Description: jsii.String("What the console's instances may do"),
	})
	grant.Actions(r.instances, h.props.Sessions.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
	grant.Actions(r.instances, secret.SecretArn(), "secretsmanager:GetSecretValue")
	h.report(r.instances, application)
	r.profile = awsiam.NewCfnInstanceProfile(h.Construct, jsii.String("InstanceProfile"), &awsiam.CfnInstanceProfileProps{Roles: &[]any{r.instances.RoleName()}})
	return r
}

// report grants an instance the permissions of its agents: report health, stream logs, fetch the program and upload requested logs. It is
// the part of AWS's policy for web servers that a console without X-Ray needs, limited to this environment.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSElasticBeanstalkWebTier.html
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.iam.cross-env-s3-access.html
func (h *Hosting) report(role awsiam.Role, application awselasticbeanstalk.CfnApplication) {
	stack := awscdk.Stack_Of(h.Construct)
	arn := func(service, resource string) *string {
		return jsii.String("arn:" + *stack.Partition() + ":" + service + ":" + *stack.Region() + ":" + *stack.Account() + ":" + resource)
	}
	grant.Actions(role, arn("elasticbeanstalk", "application/"+*application.Ref()), "elasticbeanstalk:PutInstanceStatistics")
	grant.Actions(role, arn("elasticbeanstalk", "environment/"+*application.Ref()+"/"+h.props.Name), "elasticbeanstalk:PutInstanceStatistics")
	group := "log-group:/aws/elasticbeanstalk/" + h.props.Name + "/*"
	grant.Actions(role, arn("logs", group), "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
	bucket := "arn:" + *stack.Partition() + ":s3:::elasticbeanstalk-" + *stack.Region() + "-" + *stack.Account()
	grant.Actions(role, jsii.String(bucket+"/resources/environments/*"), "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Logs of the environment have a group and a stream for each file and instance; Elastic Beanstalk's own bucket has a folder by an id that it makes up."),
	}}, jsii.Bool(true))
}

// serviceRole makes the service role of Elastic Beanstalk with AWS's managed policies. A managed update makes calls that depend on the
// platform's next version; a custom policy could deny one of them during an unattended update.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html
func (h *Hosting) serviceRole() awsiam.Role {
	role := awsiam.NewRole(h.Construct, jsii.String("ServiceRole"), &awsiam.RoleProps{
		Description: jsii.String("What Elastic Beanstalk may do for the console"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("elasticbeanstalk.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"sts:ExternalId": "elasticbeanstalk", "aws:SourceAccount": awscdk.Stack_Of(h.Construct).Account(),
			}},
		}),
		ManagedPolicies: &[]awsiam.IManagedPolicy{
			awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("service-role/AWSElasticBeanstalkEnhancedHealth")),
			awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy")),
		},
	})
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-IAM4"), Reason: jsii.String("Managed updates use the calls that the next version of the platform needs; AWS keeps the list."),
	}}, nil)
	return role
}
