package identity

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// cloudFront is the Route 53 hosted zone of all Amazon CloudFront distributions, which serve sign-in pages on a custom domain.
const cloudFront = "Z2FDTNDATAQYW2"

// newPages makes the sign-in pages and returns their base URL.
func (i *Identity) newPages(props Props) *string {
	options := &awscognito.UserPoolDomainOptions{ManagedLoginVersion: awscognito.ManagedLoginVersion_NEWER_MANAGED_LOGIN}
	if props.Settings.Plan == config.Lite {
		options.ManagedLoginVersion = awscognito.ManagedLoginVersion_CLASSIC_HOSTED_UI
	}
	own := props.Settings.Domain
	if own != nil {
		options.CustomDomain = &awscognito.CustomDomainOptions{
			DomainName:  jsii.String(own.Name),
			Certificate: awscertificatemanager.Certificate_FromCertificateArn(i.Construct, jsii.String("Certificate"), jsii.String(own.CertificateARN)),
		}
	} else {
		options.CognitoDomain = &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String(prefix(props))}
	}
	domain := i.Pool.AddDomain(jsii.String("Domain"), options)
	if own != nil && own.HostedZoneID != "" {
		i.point(domain, own)
	}
	if props.Settings.Plan != config.Lite && !props.Unbranded {
		i.style(domain)
	}
	i.SignInDomain = domain.DomainName()
	return domain.BaseUrl(nil)
}

// prefix is the first label of the Amazon domain. It contains the account to be unique in the region.
func prefix(props Props) string {
	if props.Settings.DomainPrefix != "" {
		return props.Settings.DomainPrefix
	}
	return names.StackPrefix + "-" + string(props.Application) + "-" + *awscdk.Aws_ACCOUNT_ID()
}

func (i *Identity) point(domain awscognito.UserPoolDomain, own *config.Domain) {
	awsroute53.NewCfnRecordSet(i.Construct, jsii.String("DomainRecord"), &awsroute53.CfnRecordSetProps{
		HostedZoneId: jsii.String(own.HostedZoneID), Name: jsii.String(own.Name), Type: jsii.String("A"),
		AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{DnsName: domain.CloudFrontEndpoint(), HostedZoneId: jsii.String(cloudFront)},
	})
}

// style gives each app's sign-in pages Amazon's default style; they require one.
func (i *Identity) style(domain awscognito.UserPoolDomain) {
	for _, client := range i.clients() {
		style := awscognito.NewCfnManagedLoginBranding(i.Construct, jsii.String(*client.Node().Id()+"Pages"), &awscognito.CfnManagedLoginBrandingProps{
			UserPoolId: i.Pool.UserPoolId(), ClientId: client.Ref(), UseCognitoProvidedValues: jsii.Bool(true),
		})
		style.Node().AddDependency(domain)
	}
}
