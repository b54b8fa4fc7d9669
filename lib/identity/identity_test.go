package identity_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/tool/signin"
	"connectedcar/lib/cdktest"
	"connectedcar/lib/config"
	"connectedcar/lib/data"
	"connectedcar/lib/function"
	"connectedcar/lib/identity"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// at returns the value at a path of keys.
func at(value any, keys ...string) any {
	for _, key := range keys {
		o, _ := value.(map[string]any)
		value = o[key]
	}
	return value
}

func synth(t *testing.T, change func(*identity.Props)) cdktest.Template {
	t.Helper()
	stack := cdktest.Stack(t)
	cdktest.Check(t, func() {
		code, err := function.Compile(stack, nil)
		require.NoError(t, err)
		runtime := function.Runtime{
			Code: code, Architecture: config.ARM64, LogRetentionDays: 30,
			Alarm: awscloudwatchactions.NewSnsAction(awssns.NewTopic(stack, jsii.String("T"), nil)),
		}
		props := identity.Props{
			Runtime: runtime, Application: "cars", ConsoleURL: "https://console.example.com",
			Settings: config.Identity{Plan: config.Essentials, SelfSignUp: true, MobileURLs: []string{"app://in"}},
		}
		change(&props)
		identity.New(stack, "Identity", props)
		tables := data.NewTables(stack, "Tables", data.TablesProps{})
		identity.NewListeners(stack, "Listeners", identity.ListenersProps{
			Runtime: runtime, Application: "cars", Vehicles: tables.Vehicles, Grants: tables.Grants, Preferences: tables.Preferences,
		})
	})
	return cdktest.SynthStack(t, stack)
}

// only returns the properties of the single resource of that type.
func only(t *testing.T, in cdktest.Template, typ string) map[string]any {
	t.Helper()
	all := in.OfType(typ)
	require.Len(t, all, 1, typ)
	for _, r := range all {
		return r.Properties
	}
	return nil
}

// federated are one provider of each type.
var federated = []config.Provider{
	{Name: "Acme", Type: config.SAML, MetadataURL: "https://x.example.com", Attributes: map[string]string{"email": "e", "groups": "g"},
		Groups: map[string]string{"CC": "manufacturer"}, ManufacturerID: "acme", MFA: true},
	{Name: "Dealers", Type: config.OIDC, Issuer: "https://y.example.com", ClientID: "c", ClientSecret: "cars/dealers",
		Attributes: map[string]string{"email": "e", "email_verified": "v"}},
}

func TestNoAppMayWriteWhichCompanySomebodyActsFor(t *testing.T) {
	template := synth(t, func(p *identity.Props) { p.Settings.Providers = federated })
	for id, c := range template.OfType("AWS::Cognito::UserPoolClient") {
		written, ok := c.Properties["WriteAttributes"].([]any)
		require.True(t, ok, "%s may write everything", id)
		assert.NotContains(t, written, names.UserManufacturer, id)
		assert.NotContains(t, written, names.UserDealer, id)
		assert.NotContains(t, written, "email_verified", "%s: people would verify their own addresses", id)
	}
	immutable := 0
	for _, a := range only(t, template, "AWS::Cognito::UserPool")["Schema"].([]any) {
		if slices.Contains([]any{names.UserManufacturer, names.UserDealer}, any("custom:"+at(a, "Name").(string))) {
			assert.Equal(t, false, at(a, "Mutable"))
			immutable++
		}
	}
	assert.Equal(t, 2, immutable)
}

func TestProvidersFillThePoolsAttributes(t *testing.T) {
	mappings := map[any]any{}
	for _, p := range synth(t, func(p *identity.Props) { p.Settings.Providers = federated }).OfType("AWS::Cognito::UserPoolIdentityProvider") {
		mappings[p.Properties["ProviderName"]] = p.Properties["AttributeMapping"]
	}
	assert.Equal(t, map[any]any{
		"Acme": map[string]any{"email": "e", "custom:groups": "g"}, "Dealers": map[string]any{"email": "e", "email_verified": "v"},
	}, mappings)
}

func TestAppsSignInByCodeAloneAndByPasswordInTestsOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		password bool
		plan     config.Plan
		cli      []any
	}{
		"in production":        {false, config.Essentials, []any{"ALLOW_USER_AUTH"}},
		"in tests":             {true, config.Essentials, []any{"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"}},
		"in the smallest plan": {false, config.Lite, []any{"ALLOW_REFRESH_TOKEN_AUTH"}},
	} {
		t.Run(name, func(t *testing.T) {
			template := synth(t, func(p *identity.Props) { p.Settings.PasswordSignIn, p.Settings.Plan = tc.password, tc.plan })
			apps := map[any]map[string]any{}
			for _, c := range template.OfType("AWS::Cognito::UserPoolClient") {
				apps[c.Properties["ClientName"]] = c.Properties
				assert.Equal(t, []any{"code"}, c.Properties["AllowedOAuthFlows"])
				assert.Equal(t, "ENABLED", c.Properties["PreventUserExistenceErrors"])
				assert.Equal(t, true, c.Properties["EnableTokenRevocation"])
				assert.Equal(t, false, c.Properties["GenerateSecret"])
			}
			require.Len(t, apps, 3)
			assert.Equal(t, tc.cli, apps["cli"]["ExplicitAuthFlows"])
			assert.Equal(t, tc.cli, apps["console"]["ExplicitAuthFlows"], "its own pages ask for passwords where the pool has none")
			assert.Equal(t, tc.cli[:1], apps["mobile"]["ExplicitAuthFlows"])
			assert.Equal(t, []any{names.CLIRedirectURL}, apps["cli"]["CallbackURLs"])
			assert.Equal(t, tc.plan != config.Lite, apps["mobile"]["RefreshTokenRotation"] != nil)
		})
	}
}

// app returns the app client of that name.
func app(t *testing.T, in cdktest.Template, name string) map[string]any {
	t.Helper()
	for _, c := range in.OfType("AWS::Cognito::UserPoolClient") {
		if c.Properties["ClientName"] == name {
			return c.Properties
		}
	}
	t.Fatalf("there is no app client %s", name)
	return nil
}

func TestCarctlGetsTheScopesThatItAsksFor(t *testing.T) {
	template := synth(t, func(*identity.Props) {})
	assert.ElementsMatch(t, signin.Scopes(), app(t, template, "cli")["AllowedOAuthScopes"])
	for _, name := range []string{"console", "mobile"} {
		assert.NotContains(t, app(t, template, name)["AllowedOAuthScopes"], adminScope, name)
	}
}

const adminScope = "aws.cognito.signin.user.admin"

// TestNobodyCanGiveThemselvesTheGroupsOfTheirProvider: the pre-token function removes the admin scope from tokens of federated users,
// except with LITE.
func TestNobodyCanGiveThemselvesTheGroupsOfTheirProvider(t *testing.T) {
	for plan, may := range map[config.Plan]bool{config.Lite: false, config.Essentials: true, config.Plus: true} {
		template := synth(t, func(p *identity.Props) { p.Settings.Providers, p.Settings.Plan = federated, plan })
		for _, name := range []string{"console", "mobile", "cli"} {
			a := app(t, template, name)
			federates, writes := len(a["SupportedIdentityProviders"].([]any)) > 1, slices.Contains(a["WriteAttributes"].([]any), any("custom:groups"))
			assert.Equal(t, federates, writes, "%s, %s: Amazon Cognito has to write what a provider says, and nobody else", plan, name)
			assert.Equal(t, may || name != "cli", federates, "%s, %s", plan, name)
		}
	}
}

func TestWithoutAConsoleItsAppHasNoSignInPages(t *testing.T) {
	assert.Nil(t, app(t, synth(t, func(p *identity.Props) { p.ConsoleURL = "" }), "console")["AllowedOAuthFlows"])
}

func TestPlanDecidesTheTriggerPasskeysAndThreatProtection(t *testing.T) {
	for name, tc := range map[string]struct {
		plan     config.Plan
		trigger  string
		passkeys any
		threats  any
		use      string
	}{
		"LITE shapes ID tokens":       {config.Lite, "PreTokenGeneration", nil, nil, "id"},
		"ESSENTIALS has passkeys":     {config.Essentials, "PreTokenGenerationConfig", "required", nil, "access"},
		"PLUS enforces against theft": {config.Plus, "PreTokenGenerationConfig", "required", "ENFORCED", "access"},
	} {
		t.Run(name, func(t *testing.T) {
			pool := only(t, synth(t, func(p *identity.Props) { p.Settings.Plan = tc.plan }), "AWS::Cognito::UserPool")
			assert.NotNil(t, at(pool, "LambdaConfig", tc.trigger))
			assert.NotNil(t, at(pool, "LambdaConfig", "PostConfirmation"))
			assert.Equal(t, tc.passkeys, pool["WebAuthnUserVerification"])
			assert.Equal(t, tc.threats, at(pool, "UserPoolAddOns", "AdvancedSecurityMode"))
			assert.Equal(t, "OPTIONAL", pool["MfaConfiguration"])
			assert.Equal(t, tc.use, identity.TokenUse(tc.plan))
		})
	}
}

func TestProvidersAreKnownToTheFunctionAndTheirSecretsToNobody(t *testing.T) {
	template := synth(t, func(p *identity.Props) { p.Settings.Providers = federated })
	for _, p := range template.OfType("AWS::Cognito::UserPoolIdentityProvider") {
		if p.Properties["ProviderType"] == "OIDC" {
			assert.Equal(t, "{{resolve:secretsmanager:cars/dealers:SecretString:::}}", at(p.Properties, "ProviderDetails", "client_secret"))
		}
	}
	for _, f := range template.OfType("AWS::Lambda::Function") {
		variables := at(f.Properties, "Environment", "Variables")
		mappings, ok := at(variables, names.EnvRoleMappings).(string)
		if !ok {
			continue
		}
		var all map[string]names.RoleMapping
		require.NoError(t, json.Unmarshal([]byte(mappings), &all))
		assert.Equal(t, map[string]names.RoleMapping{
			"Acme":    {Claim: "custom:groups", Groups: map[string]string{"CC": "manufacturer"}, Manufacturer: "acme"},
			"Dealers": {Claim: "custom:groups"},
		}, all)
		assert.Equal(t, "Acme", at(variables, names.EnvFederatedMFA))
		return
	}
	t.Fatal("no function has the mappings")
}

func TestOnlyTheSignedInHaveIdentitiesAndOnlyDriversMayListen(t *testing.T) {
	template := synth(t, func(*identity.Props) {})
	pool := only(t, template, "AWS::Cognito::IdentityPool")
	assert.Equal(t, false, pool["AllowUnauthenticatedIdentities"])
	assert.Equal(t, false, pool["AllowClassicFlow"])
	attachment := only(t, template, "AWS::Cognito::IdentityPoolRoleAttachment")
	assert.Nil(t, attachment["Roles"], "people in no group would have this role")
	mappings := attachment["RoleMappings"].(map[string]any)
	require.Len(t, mappings, 3)
	for _, m := range mappings {
		assert.Equal(t, "Deny", at(m, "AmbiguousRoleResolution"))
		assert.Len(t, at(m, "RulesConfiguration", "Rules"), len(names.Roles()))
	}
	allowed := map[string][]any{}
	for _, p := range template.OfType("AWS::IAM::Policy") {
		for _, role := range p.Properties["Roles"].([]any) {
			id := at(role, "Ref").(string)
			trust := template.Resources[id].Properties["AssumeRolePolicyDocument"]
			if strings.Contains(fmt.Sprint(trust), "cognito-identity") {
				for _, s := range at(p.Properties, "PolicyDocument", "Statement").([]any) {
					allowed[id] = append(allowed[id], at(s, "Action"))
				}
			}
		}
	}
	require.Len(t, allowed, 1, "roles of people that allow anything")
	for id, actions := range allowed {
		assert.Contains(t, id, "DriverRole")
		assert.ElementsMatch(t, []any{"iot:Connect", "iot:Subscribe", "iot:Receive"}, actions)
	}
}

func TestWhoKeepsPoliciesOfPeopleCannotTouchThoseOfCars(t *testing.T) {
	template := synth(t, func(*identity.Props) {})
	var denied []any
	for _, p := range template.OfType("AWS::IAM::Policy") {
		for _, s := range at(p.Properties, "PolicyDocument", "Statement").([]any) {
			if at(s, "Effect") == "Deny" {
				denied = append(denied, at(s, "Action").([]any)...)
				assert.Contains(t, fmt.Sprint(at(s, "Resource")), ":cert/*")
			}
		}
	}
	assert.ElementsMatch(t, []any{"iot:AttachPolicy", "iot:DetachPolicy"}, denied)
}
