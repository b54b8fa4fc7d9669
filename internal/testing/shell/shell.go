// Package shell provides environments as found in people's shells. Each once made a call of a local platform go to AWS, or fail. Its
// listener records such stray calls.
package shell

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Listener serves as the proxy and as the endpoint that the settings name. No call may reach it.
type Listener struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

// Listen starts a listener that closes at the end of the test.
func Listen(t *testing.T) *Listener {
	t.Helper()
	l := &Listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seen = append(l.seen, r.Method+" "+r.Host+r.URL.Path)
		http.Error(w, "a call went astray", http.StatusBadGateway)
	}))
	t.Cleanup(l.Close)
	return l
}

// Strays returns the calls that reached the listener, as "METHOD host/path".
func (l *Listener) Strays() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen)
}

// services are the services with their own endpoint variables in the SDK, by the ids in these variables.
var services = []string{
	"API_GATEWAY", "ATHENA", "CLOUDFORMATION", "CLOUDWATCH", "COGNITO_IDENTITY", "COGNITO_IDENTITY_PROVIDER", "DYNAMODB", "DYNAMODB_STREAMS",
	"EVENTBRIDGE", "FIREHOSE", "GLUE", "IAM", "IOT", "IOT_DATA_PLANE", "KINESIS", "LAMBDA", "LAKEFORMATION", "S3", "SCHEDULER", "SECRETS_MANAGER",
	"SERVICE_QUOTAS", "SES", "SESV2", "SNS", "SQS", "SSM", "STS",
}

// Settings returns environment settings by description. They lead calls to the listener, or to AWS with the listener as a proxy.
func (l *Listener) Settings(t *testing.T) map[string][]string {
	t.Helper()
	proxy := []string{"HTTP_PROXY=" + l.URL, "HTTPS_PROXY=" + l.URL, "http_proxy=" + l.URL, "https_proxy=" + l.URL, "NO_PROXY=", "no_proxy="}
	key := []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=of-a-person", "AWS_SESSION_TOKEN=of-a-session"}
	out := map[string][]string{
		"a key of an account":                    key,
		"configured endpoints are ignored":       append(key, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"),
		"a profile ignores configured endpoints": append(key, l.profile(t, "ignore_configured_endpoint_urls = true\n")...),
		"services have endpoints of their own":   append(key, l.endpoints()...),
		"a profile has a section of services":    append(key, l.profile(t, "services = own\n[services own]\n"+l.section())...),
		"a profile has an endpoint":              l.profile(t, "endpoint_url = "+l.URL+"\n"),
		"a profile that does not exist":          {"AWS_PROFILE=nobody", "AWS_CONFIG_FILE=" + file(t, ""), "AWS_SHARED_CREDENTIALS_FILE=" + file(t, "")},
		"a profile that is signed out": l.profile(t, "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-central-1\n"+
			"sso_account_id = 123456789012\nsso_role_name = operator\n"),
		"a shared file that cannot be read": {"AWS_CONFIG_FILE=" + file(t, "[profile\n=")},
		"FIPS endpoints":                    append(key, "AWS_USE_FIPS_ENDPOINT=true"),
		"dual-stack endpoints":              append(key, "AWS_USE_DUALSTACK_ENDPOINT=true"),
		"values that the SDK refuses":       {"AWS_USE_FIPS_ENDPOINT=perhaps", "AWS_RETRY_MODE=never", "AWS_MAX_ATTEMPTS=many"},
		"certificates that do not exist":    {"AWS_CA_BUNDLE=/nowhere/ca.pem"},
		"a role by a web identity":          {"AWS_ROLE_ARN=arn:aws:iam::123456789012:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE=/nowhere/token"},
		"credentials of a container":        {"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + l.URL},
		"another region":                    {"AWS_REGION=us-west-2", "AWS_DEFAULT_REGION=us-west-2"},
		"programs for another machine":      {"GOOS=plan9", "GOARCH=386", "GOFLAGS=-mod=vendor", "GOWORK=/nowhere/go.work"},
	}
	for name := range out { // the proxy also catches calls to AWS by host name
		out[name] = append(slices.Clone(out[name]), proxy...)
	}
	return out
}

// Everything returns all settings that do not hide each other.
func (l *Listener) Everything(t *testing.T) []string {
	t.Helper()
	return together(t, l.Settings(t), everything)
}

// Shells spreads all settings over a few environments, for slow tests: each setting is in exactly one of them.
func (l *Listener) Shells(t *testing.T) map[string][]string {
	t.Helper()
	settings, out, used := l.Settings(t), map[string][]string{}, 0
	for name, parts := range map[string][]string{
		"everything": everything, "a section of services": {"a profile has a section of services", "another region", "a key of an account"},
		"an ignoring profile": {"a profile ignores configured endpoints"}, "no profile": {"a profile that does not exist", "values that the SDK refuses"},
		"an unreadable file": {"a shared file that cannot be read"}, "a profile's endpoint": {"a profile has an endpoint"},
	} {
		out[name] = together(t, settings, parts)
		used += len(parts)
	}
	require.Equal(t, len(settings), used, "each setting belongs to one shell")
	return out
}

var everything = []string{
	"a profile that is signed out", "configured endpoints are ignored", "services have endpoints of their own", "FIPS endpoints",
	"dual-stack endpoints", "certificates that do not exist", "a role by a web identity", "credentials of a container", "programs for another machine",
}

func together(t *testing.T, settings map[string][]string, names []string) []string {
	t.Helper()
	var out []string
	for _, name := range names {
		require.Contains(t, settings, name)
		out = append(out, settings[name]...)
	}
	return out
}

func (l *Listener) endpoints() []string {
	var out []string
	for _, s := range services {
		out = append(out, "AWS_ENDPOINT_URL_"+s+"="+l.URL)
	}
	return out
}

// section returns the body of the services section of a shared config file.
func (l *Listener) section() string {
	var b strings.Builder
	for _, s := range services {
		b.WriteString(strings.ToLower(s) + " =\n  endpoint_url = " + l.URL + "\n")
	}
	return b.String()
}

func (l *Listener) profile(t *testing.T, body string) []string {
	return []string{"AWS_PROFILE=work", "AWS_CONFIG_FILE=" + file(t, "[profile work]\n"+body), "AWS_SHARED_CREDENTIALS_FILE=" + file(t, "")}
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
