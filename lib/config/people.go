package config

// Plan is a feature plan of an Amazon Cognito user pool.
type Plan string

// The feature plans. ESSENTIALS is the least with passkeys, managed sign-in pages and access tokens that the platform can shape; with
// LITE the API takes ID tokens instead. PLUS adds threat protection.
const (
	Lite       Plan = "LITE"
	Essentials Plan = "ESSENTIALS"
	Plus       Plan = "PLUS"
)

// Identity configures the sign-in.
type Identity struct {
	Plan Plan
	// SelfSignUp lets anybody make a profile. Who does is a driver without cars.
	SelfSignUp bool
	// PasswordSignIn lets carctl's app client exchange an e-mail address and a password for tokens without the sign-in pages. Only the
	// local environment may.
	PasswordSignIn bool
	// DomainPrefix is the first label of the sign-in pages' address at Amazon, unique in a region; empty: made of the application and
	// the account.
	DomainPrefix string
	// Domain is an address of one's own for the sign-in pages; nil: Amazon's. Its certificate is in us-east-1. Passkeys belong to the
	// address that they were made at: changing it later locks them out.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html
	Domain *Domain
	// MobileURLs are the redirect URIs of the mobile app's sign-in.
	MobileURLs []string
	// Providers are other places where people may sign in.
	Providers []Provider
}

// ProviderType is the protocol of an identity provider.
type ProviderType string

// The types of identity providers.
const (
	SAML ProviderType = "saml"
	OIDC ProviderType = "oidc"
)

// Provider is an identity provider whose people may sign in here.
type Provider struct {
	// Name is its name in the user pool: part of its people's usernames.
	Name string
	Type ProviderType
	// MetadataURL is the address of a SAML provider's metadata.
	MetadataURL string
	// Issuer, ClientID and Scopes are those of an OIDC provider. ClientSecret is the name or the ARN of the secret in AWS Secrets Manager
	// that holds the client's secret as its whole text.
	Issuer, ClientID, ClientSecret string
	Scopes                         []string
	// Identifiers are the e-mail domains whose people are sent to this provider.
	Identifiers []string
	// Attributes are the provider's names of the pool's attributes email, email_verified, name, given_name, family_name, locale and groups.
	Attributes map[string]string
	// Groups are the roles by the provider's groups.
	Groups map[string]string
	// ManufacturerID and DealerID are the company that all its people act for.
	ManufacturerID, DealerID string
	// MFA says that the provider asks its people for a second factor, so that privileged roles need none here.
	MFA bool
	// TrustEmail says that the provider gives out only addresses that are its people's own, such as a company's directory. Amazon Cognito
	// takes a federated address for unverified unless the provider's attribute email_verified says otherwise.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
	TrustEmail bool
}

// Domain is an address of one's own.
type Domain struct {
	Name           string // like api.example.com
	CertificateARN string // of AWS Certificate Manager
	// HostedZoneID is the zone of Amazon Route 53 that gets a record for the name; empty: the name is pointed to AWS elsewhere.
	HostedZoneID string
}

// Texts limits text messages (SMS).
type Texts struct {
	// Countries are the verification codes that are sent on a day, by the beginning of the number; "+" is of all other countries.
	Countries map[string]int
	// MonthlySpendUSD is the account's spend limit in the region, at 80 % of which an alarm rings. CloudFormation has no resource for the
	// limit itself: it is set by `aws sns set-sms-attributes`, and `carctl preflight` compares the two.
	MonthlySpendUSD int
}

// API configures the REST API's limits and address.
type API struct {
	// Domain is an address of one's own; nil: API Gateway's.
	Domain *Domain
	// RequestsPerSecond and Burst bound all requests together.
	RequestsPerSecond, Burst int
	// RequestsPerClient bounds those of one token, and those of one address, in five minutes.
	RequestsPerClient int
}
