package console

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awselasticbeanstalk"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
)

// HostingProps configures Hosting.
type HostingProps struct {
	// Runtime has the common settings of functions, and the code of the console's program. Required.
	Runtime function.Runtime
	// Settings are the domain, the network and the number of instances. Required.
	Settings config.Beanstalk
	// Name is the environment's name, which is part of the names of its log groups and roles. Required.
	Name string
	// Sessions is the table of sessions. Required.
	Sessions awsdynamodb.TableV2
	// Environment are the program's environment variables, except secrets and those that depend on the hosting.
	Environment map[string]*string
	// RequestsPerClient limits the requests of one client address in five minutes. Required.
	RequestsPerClient int
	// Protected enables deletion protection of the load balancer.
	Protected bool
}

// Hosting runs the console on AWS Elastic Beanstalk.
type Hosting struct {
	constructs.Construct
	Endpoint *string // host name of the load balancer
	props    HostingProps
}

// labelLimit is the maximum length of an environment's name.
// https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateEnvironment.html
const labelLimit = 40

// NewHosting creates the application, its version, and the environment behind a load balancer.
func NewHosting(scope constructs.Construct, id string, props HostingProps) *Hosting {
	if props.Sessions == nil || props.RequestsPerClient < 1 || len(props.Name) < 4 || len(props.Name) > labelLimit {
		panic("console.NewHosting: Sessions, RequestsPerClient and a Name of 4 to 40 characters are required")
	}
	h := &Hosting{Construct: constructs.NewConstruct(scope, jsii.String(id)), props: props}
	balancer := h.balance()
	h.Endpoint = balancer.AttrDnsName()
	application := awselasticbeanstalk.NewCfnApplication(h.Construct, jsii.String("Application"), &awselasticbeanstalk.CfnApplicationProps{
		Description: jsii.String("The administration console of connected cars"),
	})
	secret := h.keys()
	roles := h.roles(application, secret)
	environment := awselasticbeanstalk.NewCfnEnvironment(h.Construct, jsii.String("Environment"), &awselasticbeanstalk.CfnEnvironmentProps{
		ApplicationName: application.Ref(), EnvironmentName: jsii.String(props.Name), VersionLabel: h.version(application).Ref(),
		Description: jsii.String("The administration console"), PlatformArn: h.platform(),
		OptionSettings: h.options(balancer, roles, secret),
	})
	environment.AddDependency(roles.profile)
	environment.Node().AddDependency(roles.instances, roles.service, balancer.listener)
	cdknag.NagSuppressions_AddResourceSuppressions(environment, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-EB4"),
		Reason: jsii.String("CloudWatch Logs has the instances' logs, with a retention. A second copy in S3 would outlive it."),
	}}, nil)
	h.watch(balancer)
	return h
}

// version is the deployed version of the program. A changed program gets a new version, which Elastic Beanstalk deploys in a rolling
// update.
func (h *Hosting) version(application awselasticbeanstalk.CfnApplication) awselasticbeanstalk.CfnApplicationVersion {
	bundle := awss3assets.NewAsset(h.Construct, jsii.String("Bundle"), &awss3assets.AssetProps{
		Path: jsii.String(h.props.Runtime.Code.Console(h.props.Runtime.Architecture)),
	})
	return awselasticbeanstalk.NewCfnApplicationVersion(h.Construct, jsii.String("Version"), &awselasticbeanstalk.CfnApplicationVersionProps{
		ApplicationName: application.Ref(),
		SourceBundle: &awselasticbeanstalk.CfnApplicationVersion_SourceBundleProperty{
			S3Bucket: bundle.S3BucketName(), S3Key: bundle.S3ObjectKey(),
		},
	})
}

// keys creates the key that encrypts sessions: letters and digits, which are the base64 form of its 32 bytes.
func (h *Hosting) keys() awssecretsmanager.Secret {
	secret := awssecretsmanager.NewSecret(h.Construct, jsii.String("SessionKeys"), &awssecretsmanager.SecretProps{
		Description:          jsii.String("Keys that seal the console's sessions, in base64 between commas; the first seals"),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{PasswordLength: jsii.Number(43), ExcludePunctuation: jsii.Bool(true)},
		RemovalPolicy:        awscdk.RemovalPolicy_DESTROY,
	})
	cdknag.NagSuppressions_AddResourceSuppressions(secret, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-SMG4"),
		Reason: jsii.String("Elastic Beanstalk reads secrets when instances start: a rotation nobody deploys would sign people out. docs/console.md has the steps."),
	}}, nil)
	return secret
}

// variables are the program's environment variables behind nginx and the load balancer.
func (h *Hosting) variables() map[string]*string {
	all := map[string]*string{
		names.EnvSessionsTable: h.props.Sessions.TableName(), names.EnvProxies: jsii.String("2"), names.EnvApplicationID: jsii.String("console"),
	}
	for name, value := range h.props.Environment {
		all[name] = value
	}
	return all
}
