package names

import "strconv"

// OAuth scopes of the API, as in tokens. The part before the slash is the resource server's identifier.
const (
	ResourceServer = "connectedcar"
	ScopeRead      = ResourceServer + "/read"
	ScopeWrite     = ResourceServer + "/write"
)

// EnvConsoleURL is the origin of the only web page that may call the API; empty: no web page may.
const EnvConsoleURL = "CONSOLE_URL"

// ExposedHeaders are the response headers of the API that a web page may read, in addition to those that CORS always allows.
const ExposedHeaders = "ETag,Location,Retry-After"

// Claims of the API's tokens. The token-generation function writes them from the user attributes below. Unlike the attributes, which ID
// tokens contain by default, the claims have names without the prefix custom:.
const (
	ClaimGroups       = "cognito:groups" // the user's roles, which are groups of the user pool
	ClaimManufacturer = "manufacturerId" // only for the role manufacturer
	ClaimDealer       = "dealerId"       // only for the role dealer
)

// Attributes of a user in the user pool. No app client may write them.
const (
	UserManufacturer = "custom:manufacturerId"
	UserDealer       = "custom:dealerId"
)

// CLIRedirectURL is the redirect URL of carctl's sign-in. Amazon Cognito compares it literally, so the port is fixed, and allows http only
// for a host on the same machine.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html
const CLIRedirectURL = "http://localhost:8976/callback"

// Environment variables of the functions that give users access to their cars' live data over MQTT.
const (
	// EnvIoTARN is the beginning of the ARN of all AWS IoT resources of this account and region: arn:aws:iot:<region>:<account>.
	EnvIoTARN = "IOT_ARN"
	// EnvScheduleRole is the ARN of the role that EventBridge Scheduler assumes to call the function when a grant ends.
	EnvScheduleRole = "SCHEDULE_ROLE"
	// EnvScheduleGroup is the name of the schedule group for the ends of grants.
	EnvScheduleGroup = "SCHEDULE_GROUP"
)

// GrantSchedulePrefix is the beginning of the names of the schedules for the ends of grants. IAM allows the function only schedules with
// this prefix.
const GrantSchedulePrefix = "grant-"

// IdentityPolicy returns the name of the n-th IoT policy of a Cognito identity, given a hash of the identity's id. IAM
// allows the functions only policies that begin with IdentityPolicyPrefix.
func (a Application) IdentityPolicy(hash string, n int) string {
	return a.IdentityPolicyPrefix() + hash + "-" + strconv.Itoa(n)
}

// IdentityPolicyPrefix returns the beginning of the names of users' IoT policies.
func (a Application) IdentityPolicyPrefix() string {
	return StackPrefix + "-" + string(a) + "-identity-"
}
