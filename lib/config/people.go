package config

// Plan is a feature plan of an Amazon Cognito user pool.
type Plan string

// The feature plans. ESSENTIALS is the lowest with passkeys, managed sign-in pages and access tokens that a Lambda trigger can customize;
// with LITE the API accepts ID tokens instead. PLUS adds threat protection.
const (
	Lite       Plan = "LITE"
	Essentials Plan = "ESSENTIALS"
	Plus       Plan = "PLUS"
)

// Identity configures the sign-in.
type Identity struct {
	Plan Plan
	// SelfSignUp lets anybody create an account. A new user is a driver without cars.
	SelfSignUp bool
	// PasswordSignIn lets carctl's app client exchange an e-mail address and a password for tokens without the sign-in pages. It is allowed
	// in the local environment only.
	PasswordSignIn bool
	// DomainPrefix is the first label of the sign-in pages' Amazon domain, unique in a region; empty: derived from the application and the
	// account.
	DomainPrefix string
	// Domain is a custom domain for the sign-in pages; nil: Amazon's. Its certificate must be in us-east-1. Passkeys are bound to the
	// domain that they were created on and stop working if it changes.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html
	Domain *Domain
	// MobileURLs are the redirect URIs of the mobile app's sign-in.
	MobileURLs []string
	// Providers are external identity providers whose users may sign in.
	Providers []Provider
}

// ProviderType is the protocol of an identity provider.
type ProviderType string

// The types of identity providers.
const (
	SAML ProviderType = "saml"
	OIDC ProviderType = "oidc"
)

// Provider is an external identity provider.
type Provider struct {
	// Name is the provider's name in the user pool. It is part of the usernames of its users.
	Name string
	Type ProviderType
	// MetadataURL is the URL of a SAML provider's metadata.
	MetadataURL string
	// Issuer, ClientID and Scopes configure an OIDC provider. ClientSecret is the name or ARN of the secret in AWS Secrets Manager whose
	// whole text is the client secret.
	Issuer, ClientID, ClientSecret string
	Scopes                         []string
	// Identifiers are e-mail domains whose users the sign-in pages redirect to this provider.
	Identifiers []string
	// Attributes map the pool's attributes email, email_verified, name, given_name, family_name, locale and groups to the provider's names.
	Attributes map[string]string
	// Groups map the provider's groups to roles.
	Groups map[string]string
	// ManufacturerID and DealerID are the company that all users of the provider act for.
	ManufacturerID, DealerID string
	// MFA is true if the provider requires a second factor of its users; privileged roles then need none here.
	MFA bool
	// TrustEmail is true if the provider verifies the e-mail addresses of its users, as a company's directory does. Amazon Cognito treats a
	// federated address as unverified unless the provider's attribute email_verified is true.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
	TrustEmail bool
}

// Domain is a custom domain.
type Domain struct {
	Name           string // like api.example.com
	CertificateARN string // in AWS Certificate Manager
	// HostedZoneID is the Amazon Route 53 zone that gets a record for the name; empty: the DNS record is managed elsewhere.
	HostedZoneID string
}

// Texts limits text messages (SMS).
type Texts struct {
	// Countries limit the verification codes sent in a day, by the beginning of the phone number; "+" is the limit for all other countries.
	Countries map[string]int
	// MonthlySpendUSD is the account's SMS spend limit in the region. An alarm is raised at 80 % of it. CloudFormation cannot set the limit
	// itself: use `aws sns set-sms-attributes`; `carctl preflight` compares the two values.
	MonthlySpendUSD int
}

// API configures the REST API's limits and domain.
type API struct {
	// Domain is a custom domain; nil: API Gateway's.
	Domain *Domain
	// RequestsPerSecond and Burst limit the total of all clients.
	RequestsPerSecond, Burst int
	// RequestsPerClient limits the requests in five minutes for each token and for each client address.
	RequestsPerClient int
}
