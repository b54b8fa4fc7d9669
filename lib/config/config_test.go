package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/lib/config"
)

// context is a CDK context: the environments of cdk.json, and the keys that the command line and the CDK add.
func context(t *testing.T, environments string, more map[string]any) map[string]any {
	t.Helper()
	context := map[string]any{"@aws-cdk/core:explicitStackTags": true, "aws:cdk:bundling-stacks": []any{"**"}}
	var value any
	require.NoError(t, json.Unmarshal([]byte(environments), &value))
	context["environments"] = value
	for key, v := range more {
		context[key] = v
	}
	return context
}

const three = `{"dev": {"application": "cars-dev"}, "prod": {}, "local": {"lambdaArchitecture": "host", "streamMode": 1}}`

func TestWithoutASelectionThereAreAllEnvironments(t *testing.T) {
	all, err := config.Load(context(t, three, nil), ".")
	require.NoError(t, err)
	require.Len(t, all, 3)
	assert.Equal(t, config.Dev, all[0].Environment)
	assert.Equal(t, config.Prod, all[1].Environment)
	assert.Equal(t, config.Local, all[2].Environment)
}

func TestWhatIsNotSetHasItsDefault(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "prod"}), ".")
	require.NoError(t, err)
	assert.Equal(t, []config.Settings{{
		Environment: config.Prod, Application: names.DefaultApplication, IoTLogging: config.Off, LogRetentionDays: 30,
		TelemetryRetention: 14 * 24 * time.Hour, RawRetentionDays: 365, Engine: config.Lambda, Architecture: config.ARM64, Protected: true, JITRConcurrency: 2, CertificateLifetime: 1830 * 24 * time.Hour,
		Stream: config.Stream{Parallelization: 1}, Workers: config.Workers{Concurrency: 10, Attempts: 6, Grace: 10 * time.Minute},
		Analytics: config.Analytics{Backend: config.Lake, Table: config.Parquet, Buffer: 5 * time.Minute, RetentionDays: 730, ScanLimitGB: 100},
		Identity:  config.Identity{Plan: config.Essentials, SelfSignUp: true, MobileURLs: []string{"connectedcar://signed-in"}},
		API:       config.API{RequestsPerSecond: 200, Burst: 400, RequestsPerClient: 2000},
		Console:   config.NoConsole,
		Texts:     config.Texts{Countries: map[string]int{"+": 200}, MonthlySpendUSD: 1},
	}}, all)
}

func TestHostIsTheArchitectureOfThisMachine(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "local"}), ".")
	require.NoError(t, err)
	assert.Equal(t, config.Architecture(runtime.GOARCH), all[0].Architecture)
	assert.Equal(t, config.Stream{Shards: 1, Parallelization: 1}, all[0].Stream)
}

func TestCommandLineOverridesTheSettingsOfOneEnvironment(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{
		"env": "dev", "account": "012345678901", "region": "eu-west-1", "application": "cars-x", "logRetentionDays": "7",
		"telemetryRetentionDays": "2", "rawRetentionDays": "8", "deletionProtection": "true", "streamMode": "ON_DEMAND",
		"jitrConcurrency": "3", "certificateMaxDays": "30", "iotLogging": "WARN", "alarmEmail": "a@example.com", "lambdaArchitecture": "x86_64",
		"analytics": "iot-analytics", "lakeBufferSeconds": "90", "athenaScanLimitGb": "7", "lakeRetentionDays": "800",
		"things": `[{"name": "t1", "attributes": {"a": "b"}}]`, "tags": `{"team": "x"}`,
		"manufacturers": `[{"id": "acme", "name": "Acme"}]`,
		"identityPlan":  "PLUS", "selfSignUp": "false", "signInDomainPrefix": "cars-x", "mobileUrls": `["app://in"]`,
		"signInDomain": `{"name": "in.example.com", "certificateArn": "arn:aws:acm:us-east-1:012345678901:certificate/a"}`,
		"apiDomain":    `{"name": "api.example.com", "certificateArn": "arn:aws:acm:eu-west-1:012345678901:certificate/b", "hostedZoneId": "Z01"}`,
		"console":      "self-hosted", "consoleUrl": "https://console.example.com", "emailSender": "cars@example.com",
		"streamParallelization": "5", "enhancedFanOut": "true", "warmWritesPerSecond": "8000", "lambdaConcurrency": "150",
		"reservedConcurrency": `{"api": 40}`, "workerConcurrency": "20", "workerAttempts": "3", "connectivityGraceMinutes": "5",
		"apiRequestsPerSecond": "10", "apiBurst": "20", "apiRequestsPerClient": "30",
	}), ".")
	require.NoError(t, err)
	assert.Equal(t, []config.Settings{{
		Environment: config.Dev, Account: "012345678901", Region: "eu-west-1", Application: "cars-x", LogRetentionDays: 7,
		TelemetryRetention: 48 * time.Hour, RawRetentionDays: 8, Protected: true, JITRConcurrency: 3, CertificateLifetime: 30 * 24 * time.Hour,
		Stream:     config.Stream{Parallelization: 5, FanOut: true},
		Workers:    config.Workers{Concurrency: 20, Attempts: 3, Grace: 5 * time.Minute},
		WarmWrites: 8000, Reserved: map[string]int{"api": 40},
		Analytics:  config.Analytics{Backend: config.IoTAnalytics, Table: config.Parquet, Buffer: 90 * time.Second, ScanLimitGB: 7, RetentionDays: 800},
		IoTLogging: "WARN", Engine: config.Lambda,
		AlarmEmail: "a@example.com", Architecture: config.AMD64, Tags: map[string]string{"team": "x"},
		Things:        []config.Thing{{Name: "t1", Attributes: map[string]string{"a": "b"}}},
		Manufacturers: []config.Manufacturer{{ID: "acme", Name: "Acme"}},
		Identity: config.Identity{
			Plan: config.Plus, DomainPrefix: "cars-x", MobileURLs: []string{"app://in"},
			Domain: &config.Domain{Name: "in.example.com", CertificateARN: "arn:aws:acm:us-east-1:012345678901:certificate/a"},
		},
		API: config.API{
			Domain:            &config.Domain{Name: "api.example.com", CertificateARN: "arn:aws:acm:eu-west-1:012345678901:certificate/b", HostedZoneID: "Z01"},
			RequestsPerSecond: 10, Burst: 20, RequestsPerClient: 30,
		},
		Console: config.SelfHosted, ConsoleURL: "https://console.example.com", EmailSender: "cars@example.com",
		Texts: config.Texts{Countries: map[string]int{"+": 200}, MonthlySpendUSD: 1},
	}}, all)
}

func TestBadSettingsAreReportedByKeyValueAndWhatIsAllowed(t *testing.T) {
	for name, tc := range map[string]struct {
		environments string
		more         map[string]any
		want         string
	}{
		"an unknown key on the command line":        {three, map[string]any{"env": "dev", "regoin": "x"}, `regoin = "x": unknown setting; allowed are env, account, region`},
		"an unknown key of an environment":          {`{"dev": {"regoin": "x"}}`, nil, `environments.dev.regoin = "x": unknown setting`},
		"an unknown key of one not selected":        {`{"dev": {"regoin": "x"}, "prod": {}}`, map[string]any{"env": "prod"}, `environments.dev.regoin = "x"`},
		"an unknown environment in cdk.json":        {`{"test": {}}`, nil, `environments.test = {}: unknown environment`},
		"an unknown environment":                    {three, map[string]any{"env": "dev,test"}, `env = "dev,test": allowed are dev, prod and local`},
		"a selection that is no text":               {three, map[string]any{"env": 1.0}, `env = 1: allowed are dev, prod and local`},
		"no environments":                           {`null`, nil, `environments = null: must be an object`},
		"an environment that is no object":          {`{"dev": 1}`, nil, `environments.dev = 1: must be an object`},
		"an override of several environments":       {three, map[string]any{"env": "dev,prod", "region": "eu-west-1"}, `region = "eu-west-1": a setting on the command line needs exactly one environment`},
		"an account with eleven digits":             {three, map[string]any{"env": "dev", "account": "12345678901"}, `account = "12345678901": must be 12 digits`},
		"an account that JSON made a number":        {`{"dev": {"account": 123456789012}}`, nil, `environments.dev.account = 123456789012: must be 12 digits`},
		"a region that is none":                     {three, map[string]any{"env": "dev", "region": "Frankfurt"}, `region = "Frankfurt": must be a region's name`},
		"an application with a slash":               {three, map[string]any{"env": "dev", "application": "a/b"}, `application = "a/b": allowed are 1 to 16 lower-case letters`},
		"reserved runs of no such function":         {three, map[string]any{"env": "dev", "reservedConcurrency": `{"lake": 5}`}, `reservedConcurrency.lake = 5: allowed are api, claims, events, registration`},
		"more reserved than AWS allows":             {three, map[string]any{"env": "dev", "lambdaConcurrency": "150", "reservedConcurrency": `{"api": 40, "claims": 11}`}, `the sum is 51 and may be 50: of the account's 150 concurrent runs (lambdaConcurrency) AWS Lambda keeps 100 unreserved`},
		"anything reserved in a new account":        {three, map[string]any{"env": "dev", "lambdaConcurrency": "10", "reservedConcurrency": `{"api": 1}`}, `the sum is 1 and may be 0`},
		"fewer reserved than a queue's runs":        {three, map[string]any{"env": "dev", "reservedConcurrency": `{"events": 9}`}, `reservedConcurrency.events = 9: must be 10 or more: the function's queue has so many runs at once (workerConcurrency)`},
		"no run reserved":                           {three, map[string]any{"env": "dev", "reservedConcurrency": `{"api": 0}`}, `reservedConcurrency.api = 0: must be 1 or more`},
		"a list of reserved runs":                   {three, map[string]any{"env": "dev", "reservedConcurrency": `[1]`}, `must be an object of whole numbers`},
		"one worker at a time":                      {three, map[string]any{"env": "dev", "workerConcurrency": "1"}, `workerConcurrency = 1: must be a whole number from 2 to 1000`},
		"a message that is never tried":             {three, map[string]any{"env": "dev", "workerAttempts": "0"}, `workerAttempts = 0: must be a whole number from 1 to 1000`},
		"a grace of two days":                       {three, map[string]any{"env": "dev", "connectivityGraceMinutes": "2880"}, `connectivityGraceMinutes = 2880: must be a whole number from 1 to 1440`},
		"more runs a shard than Lambda has":         {three, map[string]any{"env": "dev", "streamParallelization": "11"}, `streamParallelization = 11: must be a whole number from 1 to 10`},
		"tables warmed to less than new ones take":  {three, map[string]any{"env": "dev", "warmWritesPerSecond": "100"}, `warmWritesPerSecond = 100: must be 0, or a whole number from 4000`},
		"a reader of its own on an emulator":        {three, map[string]any{"env": "local", "enhancedFanOut": "true"}, `enhancedFanOut = true: emulators have no consumers`},
		"a region of China":                         {three, map[string]any{"env": "dev", "region": "cn-northwest-1"}, `region = "cn-northwest-1": the partition aws-cn (China) is not supported: Amazon Cognito has no user pools there`},
		"a region of GovCloud":                      {three, map[string]any{"env": "dev", "region": "us-gov-west-1"}, `region = "us-gov-west-1": the partition aws-us-gov (GovCloud) is not supported`},
		"a region of another partition":             {three, map[string]any{"env": "dev", "region": "eusc-de-east-1"}, `region = "eusc-de-east-1": only regions of the partition aws are supported`},
		"the same application twice in an account":  {`{"dev": {}, "prod": {}}`, nil, `environments.prod.application = "cars": dev has the same`},
		"a retention that CloudWatch does not know": {three, map[string]any{"env": "dev", "logRetentionDays": "4"}, `logRetentionDays = 4: CloudWatch Logs allows only`},
		"a retention of half a day":                 {three, map[string]any{"env": "dev", "telemetryRetentionDays": "0.5"}, `telemetryRetentionDays = 0.5: must be a whole number from 1 to 365`},
		"a number that is text":                     {three, map[string]any{"env": "dev", "rawRetentionDays": "many"}, `rawRetentionDays = "many": must be a whole number`},
		"a backend that there is not":               {three, map[string]any{"env": "dev", "analytics": "pond"}, `analytics = "pond": must be one of lake, iot-analytics, off`},
		"a table format that there is not":          {three, map[string]any{"env": "dev", "lakeTable": "hudi"}, `lakeTable = "hudi": must be one of parquet, iceberg`},
		"a table of a lake that is not":             {three, map[string]any{"env": "dev", "lakeTable": "iceberg", "analytics": "off"}, `lakeTable = "iceberg": it is a table of the lake`},
		"a buffer that Firehose does not have":      {three, map[string]any{"env": "dev", "lakeBufferSeconds": "901"}, `lakeBufferSeconds = 901: must be a whole number from 60 to 900`},
		"certificates for ever":                     {three, map[string]any{"env": "dev", "certificateMaxDays": "20000"}, `certificateMaxDays = 20000: must be a whole number from 1 to 10980`},
		"fewer runs than Lambda can be held to":     {three, map[string]any{"env": "dev", "jitrConcurrency": "1"}, `jitrConcurrency = 1: must be a whole number from 2 to 50`},
		"a switch that is neither":                  {three, map[string]any{"env": "dev", "deletionProtection": "maybe"}, `deletionProtection = "maybe": must be true or false`},
		"a stream without shards":                   {three, map[string]any{"env": "dev", "streamMode": "0"}, `streamMode = 0: must be ON_DEMAND or the number`},
		"an architecture that Lambda lacks":         {three, map[string]any{"env": "dev", "lambdaArchitecture": "riscv64"}, `lambdaArchitecture = "riscv64": must be one of arm64, x86_64, host`},
		"a level of logging that there is not":      {three, map[string]any{"env": "dev", "iotLogging": "on"}, `iotLogging = "on": must be one of OFF, ERROR`},
		"AWS IoT's log in an emulator":              {three, map[string]any{"env": "local", "iotLogging": "INFO"}, `iotLogging = "INFO": emulators have no log`},
		"AWS IoT's log twice in an account":         {`{"dev": {"application": "a", "iotLogging": "INFO"}, "prod": {"iotLogging": "INFO"}}`, nil, `environments.prod.iotLogging = "INFO": dev has it`},
		"an e-mail address that is none":            {three, map[string]any{"env": "dev", "alarmEmail": "me"}, `alarmEmail = "me": must be an e-mail address`},
		"tags that are a list":                      {three, map[string]any{"env": "dev", "tags": `["a"]`}, `tags = ["a"]: must be an object of texts`},
		"a tag that is AWS's own":                   {three, map[string]any{"env": "dev", "tags": `{"aws:x": "y"}`}, `tag "aws:x"`},
		"a thing whose name AWS IoT refuses":        {three, map[string]any{"env": "dev", "things": `[{"name": "a b"}]`}, `things[0].name = "a b": must be 1 to 128 letters`},
		"a thing twice":                             {three, map[string]any{"env": "dev", "things": `[{"name": "a"}, {"name": "a"}]`}, `things[1].name = "a": is there twice`},
		"an attribute that AWS IoT refuses":         {three, map[string]any{"env": "dev", "things": `[{"name": "a", "attributes": {"x": "y z"}}]`}, `things[0].attributes.x = "y z"`},
		"things that are no list":                   {three, map[string]any{"env": "dev", "things": `{`}, `things = "{": must be a list like`},
		"an unknown field of a manufacturer":        {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "ca": "x"}]`}, `manufacturers = [{"ca":"x"`},
		"more manufacturers than child groups":      {three, map[string]any{"env": "dev", "manufacturers": several(101)}, "has 101 manufacturers; allowed are 100: each has a thing group below the fleet's"},
		"what is no identifier of a manufacturer":   {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "wmis": ["1AO"]}]`}, `manufacturers[0].wmis[0] = "1AO": must be a world manufacturer identifier`},
		"an identifier of two manufacturers":        {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "wmis": ["1AC"]}, {"id": "b", "name": "B", "wmis": ["1AC"]}]`}, `manufacturers[1].wmis[0] = "1AC": is manufacturer a's already`},
		"a manufacturer twice":                      {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]`}, `manufacturers[1].id = "a": is there twice`},
		"a verification without its CA":             {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "caCertificates": [{"verificationFile": "v"}]}]`}, `manufacturers[0].caCertificates[0].verificationFile = "v": needs the file`},
		"a CA without file and id":                  {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "caCertificates": [{}]}]`}, `manufacturers[0].caCertificates[0].file = "": a CA certificate has a file or an id`},
		"a CA of two manufacturers":                 {three, map[string]any{"env": "dev", "manufacturers": twoOf(`[{"id": "` + caID + `"}]`)}, `manufacturers[1].caCertificates[0].id = "` + caID + `": is a CA of manufacturer a already`},
		"the single CA of former versions":          {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "caFile": "a.pem"}]`}, `manufacturers[0].caFile = "a.pem": is now one of a list: write "caCertificates": [{"file": "a.pem"}]`},
		"the single id of former versions":          {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "caCertificateId": "0f"}]`}, `manufacturers[0].caCertificateId = "0f": is now one of a list: write "caCertificates": [{"id": "0f"}]`},
		"the verification of former versions":       {three, map[string]any{"env": "dev", "manufacturers": `[{"id": "a", "name": "A", "verificationCertificateFile": "v"}]`}, `write "caCertificates": [{"file": "...", "verificationFile": "v"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := config.Load(context(t, tc.environments, tc.more), ".")
			assert.ErrorContains(t, err, tc.want)
			assert.ErrorAs(t, err, &config.Problems{})
			assert.Nil(t, all)
		})
	}
}

func TestEverythingWrongIsReportedAtOnce(t *testing.T) {
	_, err := config.Load(context(t, three, map[string]any{"env": "dev", "nonsense": 1.0, "region": "x", "account": "x", "streamMode": "x"}), ".")
	var bad config.Problems
	require.ErrorAs(t, err, &bad)
	assert.Len(t, bad, 4)
}

func TestLongValueIsCutInItsError(t *testing.T) {
	long, err := json.Marshal(make([]int, 1000))
	require.NoError(t, err)
	_, err = config.Load(context(t, three, map[string]any{"env": "dev", "tags": string(long)}), ".")
	assert.Less(t, len(err.Error()), 300)
}

// TestCDKJSONIsGood loads the repository's own cdk.json.
func TestCDKJSONIsGood(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "cdk.json"))
	require.NoError(t, err)
	var file struct{ Context map[string]any }
	require.NoError(t, json.Unmarshal(b, &file))
	all, err := config.Load(file.Context, ".")
	require.NoError(t, err)
	assert.Len(t, all, 3)
}

// caID is a valid id of a CA certificate.
var caID = strings.Repeat("0f", 32)

// twoOf returns two manufacturers with the same CAs.
func twoOf(cas string) string {
	return `[{"id": "a", "name": "A", "caCertificates": ` + cas + `}, {"id": "b", "name": "B", "caCertificates": ` + cas + `}]`
}

func TestCAThatIsRegisteredAlready(t *testing.T) {
	manufacturers := func(ca string) map[string]any {
		return map[string]any{"env": "dev", "manufacturers": `[{"id": "volt", "name": "Volt", "caCertificates": [{` + ca + `}]}]`}
	}
	all, err := config.Load(context(t, three, manufacturers(`"id": "`+caID+`"`)), ".")
	require.NoError(t, err)
	assert.Equal(t, []config.Manufacturer{{ID: "volt", Name: "Volt", CAs: []config.CA{{ID: caID}}}}, all[0].Manufacturers)

	_, err = config.Load(context(t, three, manufacturers(`"id": "volt"`)), ".")
	assert.ErrorContains(t, err, "64 hexadecimal digits")
	_, err = config.Load(context(t, three, manufacturers(`"id": "`+caID+`", "file": "ca.pem"`)), ".")
	assert.ErrorContains(t, err, "name one of them")
}

// several is a setting with n manufacturers.
func several(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"id": "m%d", "name": "M %d"}`, i, i)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

func TestAHundredManufacturersAreAllowed(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "dev", "manufacturers": several(100)}), "testdata")
	require.NoError(t, err)
	assert.Len(t, all[0].Manufacturers, 100)
}
