package identity

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
)

// cognitoWaits is Amazon Cognito's timeout for Lambda triggers.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
const cognitoWaits = 5 * time.Second

// newTokens makes the pre-token function, which customizes tokens.
func newTokens(scope constructs.Construct, props Props) awslambda.Function {
	mappings, trusted := roleMappings(props.Settings.Providers)
	return function.New(scope, "Tokens", function.Props{
		Runtime:     props.Runtime,
		Name:        "claims",
		Description: "Decides which roles, company and scopes a token carries; makes a driver of who signs up",
		Timeout:     cognitoWaits,
		MemoryMB:    512, // more CPU: a sign-in waits for the function
		Environment: map[string]*string{
			names.EnvRoleMappings: jsii.String(mappings),
			names.EnvFederatedMFA: jsii.String(trusted),
		},
	})
}

// roleMappings returns the JSON for names.EnvRoleMappings, and the names of the providers that require a second factor.
func roleMappings(providers []config.Provider) (mappings, trusted string) {
	all, trust := map[string]names.RoleMapping{}, []string{}
	for _, p := range providers {
		all[p.Name] = names.RoleMapping{Claim: custom + groupsName, Groups: p.Groups, Manufacturer: p.ManufacturerID, Dealer: p.DealerID}
		if p.MFA {
			trust = append(trust, p.Name)
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic("identity: role mappings: " + err.Error()) // strings always encode
	}
	slices.Sort(trust)
	return string(b), strings.Join(trust, ",")
}

// trigger makes the pool invoke the function. The function's permissions on the pool are a separate policy: in the role's default policy
// they would make a dependency cycle between the pool and the function.
func (i *Identity) trigger(p config.Plan) {
	operation, version := awscognito.UserPoolOperation_PRE_TOKEN_GENERATION_CONFIG(), awscognito.LambdaVersion_V2_0
	if p == config.Lite {
		operation, version = awscognito.UserPoolOperation_PRE_TOKEN_GENERATION(), awscognito.LambdaVersion_V1_0
	}
	i.Pool.AddTrigger(operation, i.Tokens, version)
	i.Pool.AddTrigger(awscognito.UserPoolOperation_POST_CONFIRMATION(), i.Tokens, awscognito.LambdaVersion_V1_0)
	awsiam.NewPolicy(i.Construct, jsii.String("TokensPolicy"), &awsiam.PolicyProps{
		Roles: &[]awsiam.IRole{i.Tokens.Role()},
		Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings("cognito-idp:AdminGetUser", "cognito-idp:AdminAddUserToGroup"), Resources: &[]*string{i.Pool.UserPoolArn()},
		})},
	})
}
