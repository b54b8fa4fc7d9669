package identity

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// Names of the pool's own attributes without the prefix that Amazon Cognito gives them.
const (
	custom     = "custom:"
	groupsName = "groups" // the groups that an identity provider names; see federation.go
)

const (
	companyLength = 64
	groupsLength  = 2048 // as long as Amazon Cognito has it: a provider may name many groups
)

const (
	passwordLength = 12
	invitationDays = 3 // how long a temporary password works
)

// newPool makes the user pool. People sign in by e-mail, whose case does not matter, and by e-mail alone do they get back in.
func newPool(scope constructs.Construct, props Props) awscognito.UserPool {
	pool := awscognito.NewUserPool(scope, jsii.String("Pool"), &awscognito.UserPoolProps{
		FeaturePlan:         plan(props.Settings.Plan),
		SelfSignUpEnabled:   jsii.Bool(props.Settings.SelfSignUp),
		SignInAliases:       &awscognito.SignInAliases{Email: jsii.Bool(true)},
		SignInCaseSensitive: jsii.Bool(false),
		AutoVerify:          &awscognito.AutoVerifiedAttrs{Email: jsii.Bool(true)},
		KeepOriginal:        &awscognito.KeepOriginalAttrs{Email: jsii.Bool(true)},
		AccountRecovery:     awscognito.AccountRecovery_EMAIL_ONLY,
		StandardAttributes: &awscognito.StandardAttributes{
			Email: &awscognito.StandardAttribute{Required: jsii.Bool(true), Mutable: jsii.Bool(true)},
		},
		CustomAttributes: &map[string]awscognito.ICustomAttribute{
			strings.TrimPrefix(names.UserManufacturer, custom): attribute(false, companyLength),
			strings.TrimPrefix(names.UserDealer, custom):       attribute(false, companyLength),
			groupsName: attribute(true, groupsLength),
		},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength: jsii.Number(passwordLength), RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true),
			RequireDigits: jsii.Bool(true), RequireSymbols: jsii.Bool(true),
			TempPasswordValidity: awscdk.Duration_Days(jsii.Number(invitationDays)),
		},
		// Optional for the pool: whoever has a privileged role gets it in a token only with a second factor.
		Mfa:                awscognito.Mfa_OPTIONAL,
		MfaSecondFactor:    &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		DeletionProtection: jsii.Bool(props.Protected),
		RemovalPolicy:      removal(props.Protected),
	})
	if props.Settings.Plan == config.Plus {
		resource(pool).SetUserPoolAddOns(&awscognito.CfnUserPool_UserPoolAddOnsProperty{AdvancedSecurityMode: jsii.String("ENFORCED")})
	}
	passkeys(pool, props.Settings)
	writeFrom(pool, props.EmailSender)
	justify(pool, props.Settings.Plan)
	return pool
}

func attribute(mutable bool, longest float64) awscognito.ICustomAttribute {
	return awscognito.NewStringAttribute(&awscognito.StringAttributeProps{Mutable: jsii.Bool(mutable), MaxLen: jsii.Number(longest)})
}

func resource(pool awscognito.UserPool) awscognito.CfnUserPool {
	return pool.Node().DefaultChild().(awscognito.CfnUserPool)
}

func plan(p config.Plan) awscognito.FeaturePlan {
	switch p {
	case config.Lite:
		return awscognito.FeaturePlan_LITE
	case config.Plus:
		return awscognito.FeaturePlan_PLUS
	default:
		return awscognito.FeaturePlan_ESSENTIALS
	}
}

// passkeys lets people sign in by passkey, in the plans that have them. A passkey whose device made sure of its user is both factors.
// They belong to the domain of the sign-in pages, which Amazon Cognito finds by itself unless it is one's own.
func passkeys(pool awscognito.UserPool, s config.Identity) {
	if s.Plan == config.Lite {
		return
	}
	p := resource(pool)
	p.AddPropertyOverride(jsii.String("Policies.SignInPolicy.AllowedFirstAuthFactors"), []string{"PASSWORD", "WEB_AUTHN"})
	p.SetWebAuthnUserVerification(jsii.String("required"))
	p.SetWebAuthnFactorConfiguration(jsii.String("MULTI_FACTOR_WITH_USER_VERIFICATION"))
	if s.Domain != nil {
		p.SetWebAuthnRelyingPartyId(jsii.String(s.Domain.Name))
	}
}

// writeFrom has the pool's e-mail come from the address, by way of its domain in Amazon SES.
func writeFrom(pool awscognito.UserPool, sender string) {
	if sender == "" {
		return
	}
	_, domain, _ := strings.Cut(sender, "@")
	arn := awscdk.Stack_Of(pool).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("ses"), Resource: jsii.String("identity"), ResourceName: jsii.String(domain),
	})
	resource(pool).SetEmailConfiguration(&awscognito.CfnUserPool_EmailConfigurationProperty{
		EmailSendingAccount: jsii.String("DEVELOPER"), From: jsii.String(sender), SourceArn: arn,
	})
}

// justify says why the pool is not as cdk-nag would have it.
func justify(pool awscognito.UserPool, p config.Plan) {
	reasons := []*cdknag.NagPackSuppression{{
		Id: jsii.String("AwsSolutions-COG2"),
		Reason: jsii.String("A pool requires MFA of all or of none. Drivers choose; for the roles that reach others' cars it is required: " +
			"the function that shapes tokens withholds the role until its user has a second factor."),
	}}
	if p != config.Plus {
		reasons = append(reasons, &cdknag.NagPackSuppression{
			Id: jsii.String("AwsSolutions-COG3"), Reason: jsii.String("Threat protection is a part of the plan PLUS, which the setting identityPlan chooses; it is enforced there."),
		}, &cdknag.NagPackSuppression{
			Id: jsii.String("AwsSolutions-COG8"), Reason: jsii.String("The plan is the setting identityPlan: production has PLUS, others do without its price."),
		})
	}
	cdknag.NagSuppressions_AddResourceSuppressions(pool, &reasons, nil)
}

func removal(protected bool) awscdk.RemovalPolicy {
	if protected {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

// newResourceServer names the API and what tokens may be good for there.
func newResourceServer(scope constructs.Construct, pool awscognito.UserPool) awscognito.CfnUserPoolResourceServer {
	scopeOf := func(full, description string) *awscognito.CfnUserPoolResourceServer_ResourceServerScopeTypeProperty {
		name := strings.TrimPrefix(full, names.ResourceServer+"/")
		return &awscognito.CfnUserPoolResourceServer_ResourceServerScopeTypeProperty{ScopeName: &name, ScopeDescription: &description}
	}
	return awscognito.NewCfnUserPoolResourceServer(scope, jsii.String("API"), &awscognito.CfnUserPoolResourceServerProps{
		UserPoolId: pool.UserPoolId(), Identifier: jsii.String(names.ResourceServer), Name: jsii.String(names.ResourceServer),
		Scopes: []any{scopeOf(names.ScopeRead, "See your cars"), scopeOf(names.ScopeWrite, "Change your cars")},
	})
}
