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

// Names of the pool's custom attributes, without the prefix "custom:" that Amazon Cognito adds.
const (
	custom     = "custom:"
	groupsName = "groups" // groups from an identity provider; see federation.go
)

const (
	companyLength = 64
	groupsLength  = 2048 // Amazon Cognito's maximum: a provider may send many groups
)

const (
	passwordLength = 12
	invitationDays = 3 // validity of a temporary password
)

// newPool makes the user pool. Users sign in with their e-mail address, which is case-insensitive, and recover their account only by
// e-mail.
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
		// Optional in the pool: the pre-token function puts a privileged role into a token only after a sign-in with a second factor.
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

// passkeys enables sign-in by passkey in the plans that support it. A passkey with user verification counts as both factors. Passkeys are
// bound to the domain of the sign-in pages, which Amazon Cognito uses by default; a custom domain must be set.
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

// writeFrom makes the pool send e-mail from the address through its domain in Amazon SES.
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

// justify documents why the pool deviates from rules of cdk-nag.
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

// newResourceServer registers the API and its scopes with the pool.
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
