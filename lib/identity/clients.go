package identity

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// Lifetimes of tokens. An access token keeps a role that its user has lost until the token expires.
const (
	accessToken  = 15 * time.Minute
	idToken      = 15 * time.Minute
	signInTime   = 5 * time.Minute // to complete the steps of one sign-in
	rotationTime = 30 * time.Second
)

// client is an app through which users sign in.
type client struct {
	id, name          string
	callbacks, logout []string
	refreshDays       int
	flows             []string // authentication flows besides the sign-in pages
	profile           bool     // its access tokens let users change their own profile, such as their second factor
	handle            func(*Identity) *awscognito.CfnUserPoolClient
}

// adminScope lets the bearer of an access token read and write the user's own profile, as far as the app client may write it.
const adminScope = "aws.cognito.signin.user.admin"

// clients returns the app clients. All are public clients, because none can keep a secret from its users.
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
		console.flows = cli.flows // the console's own pages prompt for the password if the pool has no sign-in pages
	}
	return []client{console, {
		id: "Mobile", name: "mobile", callbacks: props.Settings.MobileURLs, logout: props.Settings.MobileURLs, refreshDays: 30,
		handle: func(i *Identity) *awscognito.CfnUserPoolClient { return &i.Mobile },
	}, cli}
}

// newClient makes an app client. Its sign-in pages support only authorization codes with PKCE, errors do not reveal whether an address is
// known, and refresh tokens can be used once and be revoked.
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

// scopes returns the scopes that the app may request. carctl requests exactly these, because Amazon Cognito refuses a sign-in with an
// additional scope.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
func scopes(c client) []string {
	own := "profile"
	if c.profile {
		own = adminScope
	}
	return []string{"openid", "email", own, names.ScopeRead, names.ScopeWrite}
}

// providersOf returns the identity providers whose users may use the app. Amazon Cognito requires that the app client may write the
// attributes that a provider supplies, including groups. A user whose token has adminScope could then write the groups, and so get a role.
// The pre-token function removes adminScope from the tokens of federated users. It cannot do so with the plan LITE: there an app with
// adminScope has no providers.
func providersOf(c client, s config.Identity) []config.Provider {
	if c.profile && s.Plan == config.Lite {
		return nil
	}
	return s.Providers
}

// flows returns the authentication flows of the user pool's API that the client allows. Choosing between password and passkey on the
// sign-in pages is a flow. ALLOW_REFRESH_TOKEN_AUTH is not allowed with refresh tokens that can be used once: another API call exchanges
// those.
func flows(c client, p config.Plan) []string {
	if p == config.Lite {
		return append([]string{"ALLOW_REFRESH_TOKEN_AUTH"}, c.flows...)
	}
	return append([]string{"ALLOW_USER_AUTH"}, c.flows...)
}

// writable returns the attributes that a user may write through any of the apps; the attributes that name a company are not among them.
// Amazon Cognito stores an attribute from an identity provider only if the app client may write it.
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
