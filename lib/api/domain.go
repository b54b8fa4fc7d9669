package api

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/config"
)

// stageARN is the stage's ARN as AWS WAF expects it: without an account.
func (a *API) stageARN() *string {
	stack := awscdk.Stack_Of(a.Construct)
	return jsii.String("arn:" + *stack.Partition() + ":apigateway:" + *stack.Region() + "::/restapis/" + *a.REST.Ref() + "/stages/" + *a.Stage.Ref())
}

// address is the base URL of /v1: on the custom domain if there is one, else on API Gateway's own.
func (a *API) address(own *config.Domain) *string {
	if own == nil {
		stack := awscdk.Stack_Of(a.Construct)
		return jsii.String("https://" + *a.REST.Ref() + ".execute-api." + *stack.Region() + "." + *stack.UrlSuffix() + "/" + *a.Stage.Ref())
	}
	domain := awsapigateway.NewCfnDomainName(a.Construct, jsii.String("Domain"), &awsapigateway.CfnDomainNameProps{
		DomainName: jsii.String(own.Name), RegionalCertificateArn: jsii.String(own.CertificateARN),
		EndpointConfiguration: &awsapigateway.CfnDomainName_EndpointConfigurationProperty{Types: jsii.Strings("REGIONAL")},
		SecurityPolicy:        jsii.String(tls12), EndpointAccessMode: jsii.String(lenient),
	})
	mapping := awsapigateway.NewCfnBasePathMapping(a.Construct, jsii.String("Mapping"), &awsapigateway.CfnBasePathMappingProps{
		DomainName: domain.Ref(), RestApiId: a.REST.Ref(), Stage: a.Stage.Ref(),
	})
	mapping.Node().AddDependency(a.Stage)
	if own.HostedZoneID != "" {
		awsroute53.NewCfnRecordSet(a.Construct, jsii.String("DomainRecord"), &awsroute53.CfnRecordSetProps{
			HostedZoneId: jsii.String(own.HostedZoneID), Name: jsii.String(own.Name), Type: jsii.String("A"),
			AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{
				DnsName: domain.AttrRegionalDomainName(), HostedZoneId: domain.AttrRegionalHostedZoneId(),
			},
		})
	}
	return jsii.String("https://" + own.Name)
}
