package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

func TestIdentityProvidersAreRead(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "dev", "identityProviders": `[
		{"name": "AcmeEntra", "type": "saml", "metadataUrl": "https://login.example.com/metadata.xml", "emailDomains": ["acme.example.com"],
		 "attributes": {"email": "urn:mail", "groups": "urn:groups"}, "groups": {"CC Makers": "manufacturer"}, "manufacturerId": "acme", "mfa": true,
		 "trustEmail": true},
		{"name": "Dealers", "type": "oidc", "issuer": "https://id.example.com", "clientId": "cars", "clientSecretName": "cars/dealers",
		 "scopes": ["openid", "email"], "attributes": {"email": "email", "email_verified": "email_verified"}}]`}), ".")
	require.NoError(t, err)
	assert.Equal(t, []config.Provider{
		{Name: "AcmeEntra", Type: config.SAML, MetadataURL: "https://login.example.com/metadata.xml", Identifiers: []string{"acme.example.com"},
			Attributes: map[string]string{"email": "urn:mail", "groups": "urn:groups"}, Groups: map[string]string{"CC Makers": "manufacturer"},
			ManufacturerID: "acme", MFA: true, TrustEmail: true},
		{Name: "Dealers", Type: config.OIDC, Issuer: "https://id.example.com", ClientID: "cars", ClientSecret: "cars/dealers",
			Scopes: []string{"openid", "email"}, Attributes: map[string]string{"email": "email", "email_verified": "email_verified"}},
	}, all[0].Identity.Providers)
}

func TestBadSettingsOfPeopleAndTheAPIAreReported(t *testing.T) {
	const saml = `"name": "Acme", "type": "saml", "metadataUrl": "https://x.example.com", "attributes": {"email": "e"}`
	for name, tc := range map[string]struct{ environment, key, value, want string }{
		"a plan that there is not":         {"dev", "identityPlan", "FREE", `identityPlan = "FREE": must be one of LITE, ESSENTIALS, PLUS`},
		"passwords outside of tests":       {"dev", "passwordSignIn", "true", `environments.dev.passwordSignIn = true: passwords without the sign-in pages are for tests`},
		"a prefix with a word of Amazon's": {"dev", "signInDomainPrefix", "cars-aws", `signInDomainPrefix = "cars-aws": must be 1 to 63 lower-case letters`},
		"a domain that is text":            {"dev", "apiDomain", "api.example.com", `apiDomain = "api.example.com": must be an object like`},
		"a domain without dots":            {"dev", "apiDomain", `{"name": "api", "certificateArn": "arn:aws:acm:eu-west-1:012345678901:certificate/b"}`, `apiDomain.name = "api": must be a domain name`},
		"a domain without a certificate":   {"dev", "apiDomain", `{"name": "api.example.com"}`, `apiDomain.certificateArn = "": must be the ARN`},
		"a sign-in certificate elsewhere": {"dev", "signInDomain", `{"name": "in.example.com", "certificateArn": "arn:aws:acm:eu-west-1:012345678901:certificate/b"}`,
			`signInDomain.certificateArn = "arn:aws:acm:eu-west-1:012345678901:certificate/b": must be in us-east-1`},
		"a zone by name":                    {"dev", "apiDomain", `{"name": "a.example.com", "certificateArn": "arn:aws:acm:eu-west-1:012345678901:certificate/b", "hostedZoneId": "example.com"}`, `apiDomain.hostedZoneId = "example.com"`},
		"a console with a path":             {"dev", "consoleUrl", "https://example.com/console", `consoleUrl = "https://example.com/console": must be the origin`},
		"a console in the clear":            {"dev", "consoleUrl", "http://example.com", `consoleUrl = "http://example.com": must be the origin`},
		"a callback in the clear":           {"dev", "mobileUrls", `["http://example.com/in"]`, `mobileUrls[0] = "http://example.com/in": must be an https address`},
		"a callback that is a script":       {"dev", "mobileUrls", `["javascript:alert(1)"]`, `mobileUrls[0] = "javascript:alert(1)"`},
		"no requests at all":                {"dev", "apiRequestsPerClient", "9", `apiRequestsPerClient = 9: must be a whole number from 10`},
		"codes to a country by name":        {"dev", "smsCountries", `{"DE": 5}`, `smsCountries.DE = 5: allowed are a plus sign and a country's calling code`},
		"fewer codes than none":             {"dev", "smsCountries", `{"+49": -1}`, `smsCountries.+49 = -1: must be 0 to 1000000 codes a day`},
		"codes to a list":                   {"dev", "smsCountries", `["+49"]`, `must be an object of whole numbers, like {"+49": 500`},
		"text messages for nothing":         {"dev", "smsMonthlySpendUsd", "0", `smsMonthlySpendUsd = 0: must be a whole number from 1`},
		"a sender that is none":             {"dev", "emailSender", "cars", `emailSender = "cars": must be an e-mail address`},
		"a provider with an unknown field":  {"dev", "identityProviders", `[{"nom": "x"}]`, `must be a list like [{"name"`},
		"a provider of another type":        {"dev", "identityProviders", `[{"name": "Acme", "type": "ldap", "attributes": {"email": "e"}}]`, `identityProviders[0].type = "ldap": must be one of saml, oidc`},
		"a provider twice":                  {"dev", "identityProviders", `[{` + saml + `}, {` + saml + `}]`, `identityProviders[1].name = "Acme": is there twice`},
		"a provider without e-mail":         {"dev", "identityProviders", `[{"name": "Acme", "type": "saml", "metadataUrl": "https://x.example.com"}]`, `identityProviders[0].attributes.email = ""`},
		"metadata in the clear":             {"dev", "identityProviders", `[{"name": "Acme", "type": "saml", "metadataUrl": "http://x.example.com", "attributes": {"email": "e"}}]`, `metadataUrl = "http://x.example.com": must be an https address`},
		"a SAML provider with an issuer":    {"dev", "identityProviders", `[{` + saml + `, "issuer": "https://x.example.com"}]`, `identityProviders[0].issuer = "https://x.example.com": a provider of type saml has none`},
		"an OIDC provider without a secret": {"dev", "identityProviders", `[{"name": "Acme", "type": "oidc", "issuer": "https://x.example.com", "clientId": "c", "attributes": {"email": "e"}}]`, `identityProviders[0].clientSecretName = ""`},
		"a group of no role":                {"dev", "identityProviders", `[{` + saml[:len(saml)-1] + `, "groups": "g"}, "groups": {"G": "admin"}}]`, `identityProviders[0].groups.G = "admin": must be one of manufacturer, dealer, driver, operator`},
		"groups that are not mapped":        {"dev", "identityProviders", `[{` + saml + `, "groups": {"G": "dealer"}}]`, `identityProviders[0].attributes.groups = ""`},
		"a company that is none":            {"dev", "identityProviders", `[{` + saml + `, "dealerId": "A B"}]`, `identityProviders[0].dealerId = "A B"`},
		"trust in addresses twice":          {"dev", "identityProviders", `[{` + saml[:len(saml)-1] + `, "email_verified": "v"}, "trustEmail": true}]`, `identityProviders[0].trustEmail = true: believes every address`},
		"an attribute that nobody reads":    {"dev", "identityProviders", `[{` + saml[:len(saml)-1] + `, "manufacturerId": "m"}}]`, `identityProviders[0].attributes.manufacturerId = "m": unknown attribute`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(context(t, three, map[string]any{"env": tc.environment, tc.key: tc.value}), ".")
			require.Error(t, err)
			assert.Contains(t, err.Error(), tc.want)
		})
	}
}

func TestLocalEnvironmentMaySignInByPassword(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "local", "passwordSignIn": "true"}), ".")
	require.NoError(t, err)
	assert.True(t, all[0].Identity.PasswordSignIn)
}
