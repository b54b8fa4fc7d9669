package names

// Environment variables of the console, in addition to EnvConsoleURL, EnvUserPoolID and EnvTokenUse.
const (
	EnvConsoleListen   = "CONSOLE_LISTEN"           // address to listen at; default 127.0.0.1:5000, for Elastic Beanstalk's nginx
	EnvConsoleMetrics  = "CONSOLE_METRICS"          // address to serve metrics at; empty: no metrics
	EnvConsoleAPI      = "CONSOLE_API_URL"          // URL of /v1 of the REST API
	EnvConsoleClient   = "CONSOLE_CLIENT_ID"        // id of the console's app client
	EnvConsolePages    = "CONSOLE_SIGN_IN_URL"      // URL of the user pool's sign-in pages; empty: the console itself asks for the password
	EnvSessionsTable   = "SESSIONS_TABLE"           // name of the table of the console's sessions
	EnvSessionKeys     = "CONSOLE_SESSION_KEYS"     // keys of 32 bytes in base64, separated by commas; new sessions use the first
	EnvSessionIdle     = "CONSOLE_SESSION_IDLE"     // a Go duration; default 30m
	EnvSessionAbsolute = "CONSOLE_SESSION_ABSOLUTE" // a Go duration; default 12h
	EnvProxies         = "CONSOLE_PROXIES"          // number of proxies in front of the console that add to X-Forwarded-For; default 0
)

// OutputSessionsTable is the stack output with the name of the table of the console's sessions.
const OutputSessionsTable = "SessionsTable"

// OutputConsoleEndpoint is the stack output with the host name of the console's load balancer, to which the DNS record of consoleDomain
// must point.
const OutputConsoleEndpoint = "ConsoleEndpoint"

// Attributes of the custom resource that looks up the platform version of AWS Elastic Beanstalk for the console: the platform's branch,
// and the ARN of the version found.
const (
	PropertyBranch = "Branch"
	AttributeARN   = "Arn"
)
