package identity

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/config"
)

// newProviders makes the external identity providers.
func newProviders(scope constructs.Construct, pool awscognito.UserPool, providers []config.Provider) []awscognito.CfnUserPoolIdentityProvider {
	var all []awscognito.CfnUserPoolIdentityProvider
	for _, p := range providers {
		props := &awscognito.CfnUserPoolIdentityProviderProps{
			UserPoolId: pool.UserPoolId(), ProviderName: jsii.String(p.Name), ProviderType: jsii.String(strings.ToUpper(string(p.Type))),
			ProviderDetails: details(p), AttributeMapping: mapping(p.Attributes),
		}
		if len(p.Identifiers) > 0 {
			props.IdpIdentifiers = jsii.Strings(p.Identifiers...)
		}
		all = append(all, awscognito.NewCfnUserPoolIdentityProvider(scope, jsii.String("Provider"+p.Name), props))
	}
	return all
}

// details returns Amazon Cognito's ProviderDetails. CloudFormation reads the client secret from AWS Secrets Manager at deployment, so that
// the template does not contain it.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
func details(p config.Provider) map[string]any {
	if p.Type == config.SAML {
		return map[string]any{"MetadataURL": p.MetadataURL, "IDPSignout": "true", "RequestSigningAlgorithm": "rsa-sha256"}
	}
	scopes := p.Scopes
	if len(scopes) == 0 {
		scopes = []string{"openid", "email", "profile"}
	}
	return map[string]any{
		"oidc_issuer": p.Issuer, "client_id": p.ClientID, "attributes_request_method": "GET", "authorize_scopes": strings.Join(scopes, " "),
		"client_secret": awscdk.SecretValue_SecretsManager(jsii.String(p.ClientSecret), nil).UnsafeUnwrap(),
	}
}

// mapping maps the pool's attributes to the provider's. The provider's groups go to the attribute that the pre-token function reads.
func mapping(attributes map[string]string) map[string]any {
	out := map[string]any{}
	for name, theirs := range attributes {
		if name == groupsName {
			name = custom + groupsName
		}
		out[name] = theirs
	}
	return out
}
