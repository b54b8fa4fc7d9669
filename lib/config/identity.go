package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"connectedcar/internal/names"
)

var (
	prefixPattern      = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	hostPattern        = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	certificatePattern = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
	zonePattern        = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	providerPattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{2,31}$`)
	secretPattern      = regexp.MustCompile(`^[A-Za-z0-9/_+=.@:-]{1,400}$`)
	companyPattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)
)

// providerAttributes are the user pool's attributes that can be mapped from an identity provider.
var providerAttributes = []string{"email", "email_verified", "name", "given_name", "family_name", "locale", "groups"}

// noAmazonNames are words that Amazon Cognito refuses in the prefix of a domain.
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
var noAmazonNames = []string{"aws", "amazon", "cognito"}

func (r reader) identity() Identity {
	return Identity{
		Plan:           Plan(r.oneOf(keyIdentityPlan, string(Essentials), string(Lite), string(Essentials), string(Plus))),
		SelfSignUp:     r.flag(keySelfSignUp, true),
		PasswordSignIn: r.flag(keyPasswordSignIn, false),
		DomainPrefix: r.text(keySignInPrefix, "", "1 to 63 lower-case letters, digits and hyphens, without aws, amazon and cognito", func(s string) bool {
			return prefixPattern.MatchString(s) && !slices.ContainsFunc(noAmazonNames, func(word string) bool { return strings.Contains(s, word) })
		}),
		Domain:     r.domain(keySignInDomain),
		MobileURLs: r.urls(keyMobileURLs, "connectedcar://signed-in"),
		Providers:  r.providers(),
	}
}

// domain reads a custom domain.
func (r reader) domain(key string) *Domain {
	value, ok := r.raw[key]
	if !ok {
		return nil
	}
	var in struct {
		Name           string `json:"name"`
		CertificateARN string `json:"certificateArn"`
		HostedZoneID   string `json:"hostedZoneId"`
	}
	if !decode(value, &in) {
		r.fail(key, `must be an object like {"name": "cars.example.com", "certificateArn": "arn:aws:acm:...", "hostedZoneId": "Z..."}, the zone optional`)
		return nil
	}
	at := r.origin(key) + "."
	if !hostPattern.MatchString(in.Name) {
		r.bad.add(at+"name", in.Name, "must be a domain name in lower case, like cars.example.com")
	}
	if !certificatePattern.MatchString(in.CertificateARN) {
		r.bad.add(at+"certificateArn", in.CertificateARN, "must be the ARN of a certificate in AWS Certificate Manager")
	} else if key == keySignInDomain && !strings.Contains(in.CertificateARN, ":us-east-1:") {
		r.bad.add(at+"certificateArn", in.CertificateARN, "must be in us-east-1: the sign-in pages are served by Amazon CloudFront")
	}
	if in.HostedZoneID != "" && !zonePattern.MatchString(in.HostedZoneID) {
		r.bad.add(at+"hostedZoneId", in.HostedZoneID, "must be the id of a hosted zone of Amazon Route 53, like Z0123456789ABCDEFGHIJ")
	}
	return &Domain{Name: in.Name, CertificateARN: in.CertificateARN, HostedZoneID: in.HostedZoneID}
}

// urls reads the redirect URLs of the sign-in pages: https on any host, http on localhost only, or an app's custom scheme.
func (r reader) urls(key string, otherwise ...string) []string {
	value, ok := r.raw[key]
	if !ok {
		return otherwise
	}
	var in []string
	if !decode(value, &in) {
		r.fail(key, `must be a list of addresses, like ["connectedcar://signed-in"]`)
		return nil
	}
	for i, text := range in {
		if !isCallback(text) {
			r.bad.add(fmt.Sprintf("%s[%d]", r.origin(key), i), text, "must be an https address, an http one of localhost or one of an app's own scheme, without a fragment")
		}
	}
	return in
}

func isCallback(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	return u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && u.Hostname() == "localhost" || !slices.Contains([]string{"http", "https", "javascript", "data", "file"}, u.Scheme)
}

// isOrigin reports whether text is a web origin: scheme, host and optional port, nothing else.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.Scheme+"://"+u.Host == text && (u.Scheme == "https" || u.Scheme == "http" && u.Hostname() == "localhost")
}

type providerSetting struct {
	Name           string            `json:"name"`
	Type           ProviderType      `json:"type"`
	MetadataURL    string            `json:"metadataUrl"`
	Issuer         string            `json:"issuer"`
	ClientID       string            `json:"clientId"`
	ClientSecret   string            `json:"clientSecretName"`
	Scopes         []string          `json:"scopes"`
	Identifiers    []string          `json:"emailDomains"`
	Attributes     map[string]string `json:"attributes"`
	Groups         map[string]string `json:"groups"`
	ManufacturerID string            `json:"manufacturerId"`
	DealerID       string            `json:"dealerId"`
	MFA            bool              `json:"mfa"`
	TrustEmail     bool              `json:"trustEmail"`
}

func (r reader) providers() []Provider {
	var in []providerSetting
	if value, ok := r.raw[keyProviders]; ok && !decode(value, &in) {
		r.fail(keyProviders, `must be a list like [{"name": "AcmeEntra", "type": "saml", "metadataUrl": "https://...", "attributes": {"email": "...", "groups": "..."}, "groups": {"CC Makers": "manufacturer"}, "manufacturerId": "acme", "mfa": true}] or, with "type": "oidc", issuer, clientId, clientSecretName and scopes; emailDomains, dealerId and trustEmail are optional`)
		return nil
	}
	var out []Provider
	for i, p := range in {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", r.origin(keyProviders), i, field) }
		if !providerPattern.MatchString(p.Name) {
			r.bad.add(at("name"), p.Name, "must be 3 to 32 letters, digits and hyphens, a letter first")
		}
		if slices.ContainsFunc(out, func(o Provider) bool { return o.Name == p.Name }) {
			r.bad.add(at("name"), p.Name, "is there twice")
		}
		r.checkProtocol(p, at)
		r.checkPeople(p, at)
		out = append(out, Provider(p))
	}
	return out
}

// checkProtocol checks that an identity provider has every field that its type requires, and none of the other type.
func (r reader) checkProtocol(p providerSetting, at func(string) string) {
	https := func(field, value string) {
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" {
			r.bad.add(at(field), value, "must be an https address")
		}
	}
	none := func(field string, absent bool, value any) {
		if !absent {
			r.bad.add(at(field), value, "a provider of type %s has none", p.Type)
		}
	}
	switch p.Type {
	case SAML:
		https("metadataUrl", p.MetadataURL)
		none("issuer", p.Issuer == "", p.Issuer)
		none("clientId", p.ClientID == "", p.ClientID)
		none("clientSecretName", p.ClientSecret == "", p.ClientSecret)
		none("scopes", len(p.Scopes) == 0, p.Scopes)
	case OIDC:
		none("metadataUrl", p.MetadataURL == "", p.MetadataURL)
		https("issuer", p.Issuer)
		if p.ClientID == "" {
			r.bad.add(at("clientId"), p.ClientID, "must be the client's id at the provider")
		}
		if !secretPattern.MatchString(p.ClientSecret) {
			r.bad.add(at("clientSecretName"), p.ClientSecret, "must be the name or the ARN of a secret in AWS Secrets Manager; never the secret itself")
		}
	default:
		r.bad.add(at("type"), p.Type, "must be one of saml, oidc")
	}
}

// checkPeople checks the settings of a provider that concern its users.
func (r reader) checkPeople(p providerSetting, at func(string) string) {
	for name := range p.Attributes {
		if !slices.Contains(providerAttributes, name) {
			r.bad.add(at("attributes."+name), p.Attributes[name], "unknown attribute; allowed are %s", strings.Join(providerAttributes, ", "))
		}
	}
	if p.Attributes["email"] == "" {
		r.bad.add(at("attributes.email"), p.Attributes["email"], "must be the provider's name of the e-mail address")
	}
	if p.TrustEmail && p.Attributes["email_verified"] != "" {
		r.bad.add(at("trustEmail"), true, "believes every address; attributes.email_verified believes those that the provider says it verified: name one of them")
	}
	if len(p.Groups) > 0 && p.Attributes["groups"] == "" {
		r.bad.add(at("attributes.groups"), p.Attributes["groups"], "must be the provider's name of the groups, since groups is set")
	}
	for group, name := range p.Groups {
		if !slices.Contains(names.Roles(), name) {
			r.bad.add(at("groups."+group), name, "must be one of %s", strings.Join(names.Roles(), ", "))
		}
	}
	for field, company := range map[string]string{"manufacturerId": p.ManufacturerID, "dealerId": p.DealerID} {
		if company != "" && !companyPattern.MatchString(company) {
			r.bad.add(at(field), company, "must be 1 to 31 lower-case letters, digits and hyphens, a letter first")
		}
	}
}

func (r reader) api() API {
	return API{
		Domain:            r.domain(keyAPIDomain),
		RequestsPerSecond: r.number(keyAPIRate, 200, 1, 10_000),
		Burst:             r.number(keyAPIBurst, 400, 1, 5_000),
		RequestsPerClient: r.number(keyAPIClient, 2000, 10, 2_000_000),
	}
}
