package names

// Scopes of the API, as tokens carry them. The resource server's identifier is before the slash.
const (
	ResourceServer = "connectedcar"
	ScopeRead      = ResourceServer + "/read"
	ScopeWrite     = ResourceServer + "/write"
)

// EnvConsoleURL is the origin of the only web page that may call the API; not set: none may.
const EnvConsoleURL = "CONSOLE_URL"

// ExposedHeaders are the headers of the API's answers that a web page may read besides those that every page may.
const ExposedHeaders = "ETag,Location,Retry-After"

// Claims of the API's tokens. The function that shapes tokens writes them from the attributes below; they are without prefix, so
// that they can be told from what a token says of its own accord.
const (
	ClaimGroups       = "cognito:groups" // the roles, see the user pool's groups
	ClaimManufacturer = "manufacturerId" // only with the role manufacturer
	ClaimDealer       = "dealerId"       // only with the role dealer
)

// Attributes of a person in the user pool. No app client may write them.
const (
	UserManufacturer = "custom:manufacturerId"
	UserDealer       = "custom:dealerId"
)

// CLIRedirectURL is the redirect URI of carctl's sign-in: Amazon Cognito compares it letter by letter, so the port
// is fixed, and takes http for a host on the same machine only.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
const CLIRedirectURL = "http://localhost:8976/callback"

// Environment variables of the functions that let people listen to their cars over MQTT.
const (
	// EnvIoTARN is the prefix of the ARN of every resource of AWS IoT here: arn:aws:iot:<region>:<account>.
	EnvIoTARN = "IOT_ARN"
	// EnvScheduleRole is the ARN of the role as which EventBridge Scheduler calls the function when a grant ends.
	EnvScheduleRole = "SCHEDULE_ROLE"
	// EnvScheduleGroup is the name of the schedule group for the ends of grants.
	EnvScheduleGroup = "SCHEDULE_GROUP"
)

// GrantSchedulePrefix begins the names of the schedules for the ends of grants. IAM allows the function these and no others.
const GrantSchedulePrefix = "grant-"

// IdentityPolicy is the name of the n-th IoT policy of a Cognito identity, by a hash of the identity's id. IAM allows the functions
// the policies that begin with IdentityPolicyPrefix and no others.
func (a Application) IdentityPolicy(hash string, n int) string {
	return a.IdentityPolicyPrefix() + hash + "-" + string(rune('0'+n))
}

// IdentityPolicyPrefix begins the names of people's IoT policies.
func (a Application) IdentityPolicyPrefix() string {
	return StackPrefix + "-" + string(a) + "-identity-"
}
