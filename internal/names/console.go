package names

// Environment variables of the console, beside EnvConsoleURL, EnvUserPoolID and EnvTokenUse.
const (
	EnvConsoleListen   = "CONSOLE_LISTEN"           // address to listen at; default 127.0.0.1:5000, where Elastic Beanstalk's nginx looks
	EnvConsoleMetrics  = "CONSOLE_METRICS"          // address of the metrics; not set: there are none
	EnvConsoleAPI      = "CONSOLE_API_URL"          // where /v1 of the REST API begins
	EnvConsoleClient   = "CONSOLE_CLIENT_ID"        // the console's app client
	EnvConsolePages    = "CONSOLE_SIGN_IN_URL"      // the user pool's sign-in pages; not set: the console asks for passwords itself
	EnvSessionsTable   = "SESSIONS_TABLE"           // the console's sessions
	EnvSessionKeys     = "CONSOLE_SESSION_KEYS"     // keys of 32 bytes in base64 between commas; the first seals
	EnvSessionIdle     = "CONSOLE_SESSION_IDLE"     // a Go duration; default 30m
	EnvSessionAbsolute = "CONSOLE_SESSION_ABSOLUTE" // a Go duration; default 12h
	EnvProxies         = "CONSOLE_PROXIES"          // proxies before the console that add to X-Forwarded-For; default 0
)

// OutputSessionsTable is the output with the name of the table of the console's sessions.
const OutputSessionsTable = "SessionsTable"

// OutputConsoleEndpoint is the output with the host name of the console's load balancer, which consoleDomain has to point to.
const OutputConsoleEndpoint = "ConsoleEndpoint"

// The custom resource that finds the platform of the console's environment: its branch, and the ARN of the version that was found.
const (
	PropertyBranch = "Branch"
	AttributeARN   = "Arn"
)
