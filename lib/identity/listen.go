package identity

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/policy"
)

// listen makes the groups, the identity pool, and the IAM role of each group's users. Only signed-in users get an identity.
func (i *Identity) listen(app names.Application) {
	i.IdentityPool = awscognito.NewCfnIdentityPool(i.Construct, jsii.String("People"), &awscognito.CfnIdentityPoolProps{
		AllowUnauthenticatedIdentities: jsii.Bool(false),
		AllowClassicFlow:               jsii.Bool(false),
		CognitoIdentityProviders:       i.logins(),
	})
	roles := map[string]awsiam.Role{}
	for n, name := range names.Roles() {
		role := i.newRole(name)
		roles[name] = role
		awscognito.NewCfnUserPoolGroup(i.Construct, jsii.String(title(name)), &awscognito.CfnUserPoolGroupProps{
			UserPoolId: i.Pool.UserPoolId(), GroupName: jsii.String(name), RoleArn: role.RoleArn(), Precedence: jsii.Number(float64(n)),
		})
	}
	i.allowListening(roles[names.RoleDriver], app)
	awscognito.NewCfnIdentityPoolRoleAttachment(i.Construct, jsii.String("PeoplesRoles"), &awscognito.CfnIdentityPoolRoleAttachmentProps{
		IdentityPoolId: i.IdentityPool.Ref(), RoleMappings: i.roleMappings(roles),
	})
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// login is the user pool's provider name in the identity pool.
func (i *Identity) login() *string { return i.Pool.UserPoolProviderName() }

// logins returns the app clients whose ID tokens the identity pool accepts. It rejects tokens that the user pool has revoked.
func (i *Identity) logins() []any {
	var all []any
	for _, c := range i.clients() {
		all = append(all, &awscognito.CfnIdentityPool_CognitoIdentityProviderProperty{
			ClientId: c.Ref(), ProviderName: i.login(), ServerSideTokenCheck: jsii.Bool(true),
		})
	}
	return all
}

// newRole makes the IAM role of a group's signed-in users, without permissions.
func (i *Identity) newRole(group string) awsiam.Role {
	trust := awsiam.NewFederatedPrincipal(jsii.String("cognito-identity.amazonaws.com"), &map[string]any{
		"StringEquals":           map[string]any{"cognito-identity.amazonaws.com:aud": i.IdentityPool.Ref()},
		"ForAnyValue:StringLike": map[string]any{"cognito-identity.amazonaws.com:amr": "authenticated"},
	}, jsii.String("sts:AssumeRoleWithWebIdentity"))
	return awsiam.NewRole(i.Construct, jsii.String(title(group)+"Role"), &awsiam.RoleProps{
		AssumedBy: trust, Description: jsii.String("What people of the group " + group + " may do in AWS themselves"),
	})
}

// allowListening lets drivers connect to AWS IoT with their identity's id as client id, and subscribe. The IoT policies that the function
// realtime attaches to each identity restrict which cars: both the role and these policies must allow an action. Neither allows publishing.
func (i *Identity) allowListening(role awsiam.Role, app names.Application) {
	stack := awscdk.Stack_Of(i.Construct)
	at := policy.Place{Partition: *stack.Partition(), Region: *stack.Region(), Account: *stack.Account()}
	for _, s := range policy.Listening(app, at) {
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(s.Action...), Resources: jsii.Strings(s.Resource...),
		}))
	}
	cdknag.NagSuppressions_AddResourceSuppressions(role, &[]*cdknag.NagPackSuppression{{
		Id:     jsii.String("AwsSolutions-IAM5"),
		Reason: jsii.String("Which cars are a person's own is not known here: the policy of AWS IoT attached to the person's identity names them."),
	}}, jsii.Bool(true))
}

// roleMappings maps users to the IAM role of their group, by the claim that the pre-token function writes, so that a role that the function
// withholds gives no IAM role either. A user without a group gets no role. The pool's own mapping ("Token") would ignore that function for
// federated users, who are in no group of the pool.
func (i *Identity) roleMappings(roles map[string]awsiam.Role) map[string]any {
	var rules []any
	for _, name := range []string{names.RoleDriver, names.RoleOperator, names.RoleManufacturer, names.RoleDealer} {
		rules = append(rules, &awscognito.CfnIdentityPoolRoleAttachment_MappingRuleProperty{
			Claim: jsii.String(names.ClaimGroups), MatchType: jsii.String("Contains"), Value: jsii.String(name), RoleArn: roles[name].RoleArn(),
		})
	}
	mappings := map[string]any{}
	for _, c := range i.clients() {
		mappings[*c.Node().Id()] = &awscognito.CfnIdentityPoolRoleAttachment_RoleMappingProperty{
			IdentityProvider:        jsii.String(*i.login() + ":" + *c.Ref()),
			Type:                    jsii.String("Rules"),
			AmbiguousRoleResolution: jsii.String("Deny"),
			RulesConfiguration:      &awscognito.CfnIdentityPoolRoleAttachment_RulesConfigurationTypeProperty{Rules: rules},
		}
	}
	return mappings
}
