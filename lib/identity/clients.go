package identity

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// How long tokens work. A role that somebody lost is in an access token until it ends.
const (
	accessToken  = 15 * time.Minute
	idToken      = 15 * time.Minute
	signInTime   = 5 * time.Minute // for the steps of one sign-in
	rotationTime = 30 * time.Second
)

// client is an app that people sign in with.
type client struct {
	id, name          string
	callbacks, logout []string
	refreshDays       int
	flows             []string // beside the sign-in pages
	profile           bool     // its tokens let people change their own profile, such as their second factor
	handle            func(*Identity) *awscognito.CfnUserPoolClient
}

// adminScope lets a token's bearer read and write their own profile, as far as the app may write it.
const adminScope = "aws.cognito.signin.user.admin"

// clients are the apps. All are public: none can keep a secret from its users.
func clients(props Props) []client {
	console := client{
		id: "Console", name: "console", refreshDays: 1,
		handle: func(i *Identity) *awscognito.CfnUserPoolClient { return &i.Console },
	}
	if props.ConsoleURL != "" {
		console.callbacks, console.logout = []string{props.ConsoleURL + "/auth/callback"}, []string{props.ConsoleURL + "/"}
	}
	cli := client{
		id: "CLI", name: "cli", callbacks: []string{names.CLIRedirectURL}, refreshDays: 1, profile: true,
		handle: func(i *Identity) *awscognito.CfnUserPoolClient { return &i.CLI },
	}
	if props.Settings.PasswordSignIn {
		cli.flows = []string{"ALLOW_USER_PASSWORD_AUTH"}
		console.flows = cli.flows // its own pages ask for the password where the pool has none
	}
	return []client{console, {
		id: "Mobile", name: "mobile", callbacks: props.Settings.MobileURLs, logout: props.Settings.MobileURLs, refreshDays: 30,
		handle: func(i *Identity) *awscognito.CfnUserPoolClient { return &i.Mobile },
	}, cli}
}

// newClient makes an app client: authorization codes with PKCE and nothing else on the sign-in pages, no telling whether an address is
// known, refresh tokens that work once and can be revoked.
func newClient(scope constructs.Construct, pool awscognito.UserPool, c client, s config.Identity) awscognito.CfnUserPoolClient {
	providers := providersOf(c, s)
	props := &awscognito.CfnUserPoolClientProps{
		UserPoolId:                 pool.UserPoolId(),
		ClientName:                 jsii.String(c.name),
		GenerateSecret:             jsii.Bool(false),
		ExplicitAuthFlows:          jsii.Strings(flows(c, s.Plan)...),
		PreventUserExistenceErrors: jsii.String("ENABLED"),
		EnableTokenRevocation:      jsii.Bool(true),
		AuthSessionValidity:        jsii.Number(signInTime.Minutes()),
		AccessTokenValidity:        jsii.Number(accessToken.Minutes()),
		IdTokenValidity:            jsii.Number(idToken.Minutes()),
		RefreshTokenValidity:       jsii.Number(float64(c.refreshDays)),
		TokenValidityUnits: &awscognito.CfnUserPoolClient_TokenValidityUnitsProperty{
			AccessToken: jsii.String("minutes"), IdToken: jsii.String("minutes"), RefreshToken: jsii.String("days"),
		},
		SupportedIdentityProviders: jsii.Strings(append([]string{"COGNITO"}, providerNames(providers)...)...),
		ReadAttributes:             jsii.Strings(append(writable(providers), "email_verified", names.UserManufacturer, names.UserDealer)...),
		WriteAttributes:            jsii.Strings(writable(providers)...),
	}
	if s.Plan != config.Lite {
		props.RefreshTokenRotation = &awscognito.CfnUserPoolClient_RefreshTokenRotationProperty{
			Feature: jsii.String("ENABLED"), RetryGracePeriodSeconds: jsii.Number(rotationTime.Seconds()),
		}
	}
	if len(c.callbacks) > 0 {
		props.AllowedOAuthFlowsUserPoolClient = jsii.Bool(true)
		props.AllowedOAuthFlows = jsii.Strings("code")
		props.AllowedOAuthScopes = jsii.Strings(scopes(c)...)
		props.CallbackUrLs = jsii.Strings(c.callbacks...)
		if len(c.logout) > 0 {
			props.LogoutUrLs = jsii.Strings(c.logout...)
		}
	}
	return awscognito.NewCfnUserPoolClient(scope, jsii.String(c.id), props)
}

// scopes are the scopes that the app may request. carctl asks for exactly these: Amazon Cognito refuses the sign-in for one more.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
func scopes(c client) []string {
	own := "profile"
	if c.profile {
		own = adminScope
	}
	return []string{"openid", "email", own, names.ScopeRead, names.ScopeWrite}
}

// providersOf are the identity providers whose people may use the app. What a provider says of its people, their groups among it, the
// app has to be able to write, and with adminScope they could write it themselves and give themselves a role. The function that shapes
// tokens takes the scope from them; with LITE it cannot, and such an app is for the pool's own people.
func providersOf(c client, s config.Identity) []config.Provider {
	if c.profile && s.Plan == config.Lite {
		return nil
	}
	return s.Providers
}

// flows are the sign-ins of the user pool's API that the client allows. Choosing between password and passkey on the sign-in pages is
// one. Where refresh tokens work once, they are exchanged by another call and ALLOW_REFRESH_TOKEN_AUTH is refused.
func flows(c client, p config.Plan) []string {
	if p == config.Lite {
		return append([]string{"ALLOW_REFRESH_TOKEN_AUTH"}, c.flows...)
	}
	return append([]string{"ALLOW_USER_AUTH"}, c.flows...)
}

// writable are the attributes that a person may write with any of the apps, and so neither of those that name a company. Amazon Cognito
// fills in what an identity provider says of a person only if the app may write it.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
func writable(providers []config.Provider) []string {
	all := []string{"email", "name", "given_name", "family_name", "locale"}
	if len(providers) > 0 {
		all = append(all, custom+groupsName)
	}
	return all
}

func providerNames(providers []config.Provider) []string {
	var all []string
	for _, p := range providers {
		all = append(all, p.Name)
	}
	return all
}
