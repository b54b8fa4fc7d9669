package awsconfig_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/aws/awsconfig"
)

// answering is a server that counts calls and records the credential of the last one.
type answering struct {
	*httptest.Server
	calls      atomic.Int32
	credential atomic.Value
}

func newAnswering(t *testing.T) *answering {
	a := &answering{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.calls.Add(1)
		a.credential.Store(r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write([]byte(`{"TableNames":[]}`))
	}))
	t.Cleanup(a.Close)
	return a
}

// profiles writes a shared config file and returns its path.
func profiles(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestLocalIgnoresThePersonsSettings covers settings each of which once sent a call of the local platform to AWS, or made it fail.
func TestLocalIgnoresThePersonsSettings(t *testing.T) {
	stray := newAnswering(t)
	for name, env := range map[string]map[string]string{
		"configured endpoints are ignored": {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
		"a profile ignores configured endpoints": {
			"AWS_PROFILE": "work", "AWS_CONFIG_FILE": profiles(t, "[profile work]\nignore_configured_endpoint_urls = true\n"),
		},
		"a service has an endpoint of its own": {"AWS_ENDPOINT_URL_DYNAMODB": stray.URL},
		"a profile has a section of services": {
			"AWS_PROFILE": "work", "AWS_CONFIG_FILE": profiles(t, "[profile work]\nservices = s\n[services s]\ndynamodb =\n  endpoint_url = "+stray.URL+"\n"),
		},
		"a profile has an endpoint":          {"AWS_CONFIG_FILE": profiles(t, "[default]\nendpoint_url = "+stray.URL+"\n")},
		"a profile does not exist":           {"AWS_PROFILE": "nobody"},
		"a profile is signed out":            {"AWS_PROFILE": "sso", "AWS_CONFIG_FILE": profiles(t, "[profile sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r\n")},
		"a shared file is no INI file":       {"AWS_CONFIG_FILE": profiles(t, "[profile\n=")},
		"FIPS endpoints":                     {"AWS_USE_FIPS_ENDPOINT": "true"},
		"dual-stack endpoints":               {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
		"no value that the SDK takes":        {"AWS_USE_FIPS_ENDPOINT": "perhaps", "AWS_RETRY_MODE": "never", "AWS_MAX_ATTEMPTS": "many"},
		"a proxy":                            {"HTTP_PROXY": stray.URL, "HTTPS_PROXY": stray.URL, "http_proxy": stray.URL, "https_proxy": stray.URL},
		"certificates that do not exist":     {"AWS_CA_BUNDLE": "/nowhere/ca.pem"},
		"keys of an account":                 {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"},
		"a role by a web identity":           {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
		"credentials from a container":       {"AWS_CONTAINER_CREDENTIALS_FULL_URI": stray.URL},
		"a region that another platform has": {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			for k, v := range env {
				t.Setenv(k, v)
			}
			emulator := newAnswering(t)
			cfg, err := awsconfig.Local(emulator.URL+"/", "", awsconfig.Key{})
			require.NoError(t, err)
			_, err = dynamodb.NewFromConfig(cfg).ListTables(t.Context(), &dynamodb.ListTablesInput{})
			require.NoError(t, err)
			assert.EqualValues(t, 1, emulator.calls.Load())
			assert.Contains(t, emulator.credential.Load(), "Credential=test/")
			assert.Contains(t, emulator.credential.Load(), "/"+awsconfig.DefaultRegion+"/")
			assert.Zero(t, stray.calls.Load(), "a call went astray")
		})
	}
}

func TestLocalRefusesOtherEndpoints(t *testing.T) {
	for name, tc := range map[string]struct{ endpoint, want string }{
		"none":                           {"", "needs the endpoint"},
		"no URL":                         {"localhost:4566", "allowed is an http or https URL"},
		"no scheme of HTTP":              {"ftp://localhost", "allowed is an http or https URL"},
		"a user":                         {"http://user:pass@localhost:4566", "allowed is an http or https URL"},
		"a query":                        {"http://localhost:4566/?x=1", "allowed is an http or https URL"},
		"AWS":                            {"https://iot.eu-central-1.amazonaws.com", "is AWS itself"},
		"AWS with the dot of a DNS name": {"https://iot.eu-central-1.amazonaws.com.", "is AWS itself"},
		"AWS with two dots":              {"https://iot.eu-central-1.amazonaws.com..:443", "is AWS itself"},
		"AWS in capitals":                {"https://STS.AmazonAWS.com/", "is AWS itself"},
		"AWS in China":                   {"https://sts.cn-north-1.amazonaws.com.cn", "is AWS itself"},
		"the European Sovereign Cloud":   {"https://sts.eusc-de-east-1.amazonaws.eu", "is AWS itself"},
		"dual-stack AWS":                 {"https://dynamodb.eu-central-1.api.aws", "is AWS itself"},
		"a function URL":                 {"https://x.lambda-url.eu-central-1.on.aws", "is AWS itself"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := awsconfig.Local(tc.endpoint, "eu-central-1", awsconfig.Key{})
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestParseEndpointDropsSlashesAtTheEnd(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:4566":       "http://127.0.0.1:4566",
		"http://127.0.0.1:4566/":      "http://127.0.0.1:4566",
		"http://127.0.0.1:4566//":     "http://127.0.0.1:4566",
		"http://notamazonaws.com:80/": "http://notamazonaws.com:80",
		"http://emulator:4566/aws/":   "http://emulator:4566/aws",
	} {
		got, err := awsconfig.ParseEndpoint(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

// TestGuardedHosts checks which hosts the guard lets through: a connection to one of them may fail, but not with the guard's error.
func TestGuardedHosts(t *testing.T) {
	for name, tc := range map[string]struct {
		url     string
		refused bool
	}{
		"AWS":                             {"https://dynamodb.eu-central-1.amazonaws.com", true},
		"AWS by plain HTTP":               {"http://sts.amazonaws.com", true},
		"the metadata of a machine":       {"http://169.254.169.254/latest/meta-data", true},
		"an address of documentation":     {"http://192.0.2.1", true},
		"a name that begins as localhost": {"http://localhost.example.com", true},
		"this machine":                    {"http://127.0.0.1:1", false},
		"another loopback address":        {"http://127.9.9.9:1", false},
		"this machine by IPv6":            {"http://[::1]:1", false},
		"this machine by name":            {"http://localhost:1", false},
		"a bucket below localhost":        {"http://raw.localhost:1", false},
		"the endpoint's own host":         {"http://emulator.invalid:1", false},
	} {
		t.Run(name, func(t *testing.T) {
			client := awsconfig.HTTPClient("http://Emulator.invalid.:4566")
			client.Timeout = 5 * time.Second
			resp, err := client.Get(tc.url)
			if err == nil {
				_ = resp.Body.Close()
			}
			require.Error(t, err)
			var foreign awsconfig.ForeignHostError
			assert.Equal(t, tc.refused, errors.As(err, &foreign), "%v", err)
		})
	}
}

// TestLoadStaysOnThisMachine checks that Load refuses an endpoint at AWS for one service if the general endpoint is an emulator.
func TestLoadStaysOnThisMachine(t *testing.T) {
	clean(t)
	proxy, emulator := newAnswering(t), newAnswering(t)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("AWS_ENDPOINT_URL", emulator.URL)
	t.Setenv("AWS_ENDPOINT_URL_STS", "https://sts.eu-central-1.amazonaws.com.")
	cfg, err := awsconfig.Load(t.Context())
	require.NoError(t, err)
	start := time.Now()
	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	var foreign awsconfig.ForeignHostError
	require.ErrorAs(t, err, &foreign)
	assert.Less(t, time.Since(start), time.Second, "a refused host is not tried again")
	assert.Zero(t, proxy.calls.Load())
	_, err = dynamodb.NewFromConfig(cfg).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	require.NoError(t, err)
	assert.EqualValues(t, 1, emulator.calls.Load())
}

func TestKeyFor(t *testing.T) {
	test := awsconfig.Key{ID: "test", Secret: "test"}
	for name, tc := range map[string]struct {
		id, secret string
		want       awsconfig.Key
	}{
		"none":                     {"", "", test},
		"a key without its secret": {"000000000042", "", test},
		"an emulator's account":    {"000000000042", "x", awsconfig.Key{ID: "000000000042", Secret: "x"}},
		"a person's":               {"AKIAIOSFODNN7EXAMPLE", "x", test},
		"a role's":                 {"ASIAIOSFODNN7EXAMPLE", "x", test},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"AWS_ACCESS_KEY_ID": tc.id, "AWS_SECRET_ACCESS_KEY": tc.secret}
			assert.Equal(t, tc.want, awsconfig.KeyFor(func(name string) string { return env[name] }))
		})
	}
}
