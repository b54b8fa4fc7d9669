package config

import (
	"encoding/json"
	"math"
	"net/mail"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/names"
)

// Names of the settings, in cdk.json and on the command line.
const (
	keyAccount            = "account"
	keyRegion             = "region"
	keyApplication        = "application"
	keyManufacturers      = "manufacturers"
	keyThings             = "things"
	keyIoTLogging         = "iotLogging"
	keyLogRetention       = "logRetentionDays"
	keyTelemetryRetention = "telemetryRetentionDays"
	keyRawRetention       = "rawRetentionDays"
	keyAlarmEmail         = "alarmEmail"
	keyStreamMode         = "streamMode"
	keyStream             = "stream"
	keyThresholds         = "streamThresholds"
	keyArchitecture       = "lambdaArchitecture"
	keyProtected          = "deletionProtection"
	keyCertificateDays    = "certificateMaxDays"
	keyJITRConcurrency    = "jitrConcurrency"
	keyWorkerConcurrency  = "workerConcurrency"
	keyWorkerAttempts     = "workerAttempts"
	keyGrace              = "connectivityGraceMinutes"
	keyParallelization    = "streamParallelization"
	keyFanOut             = "enhancedFanOut"
	keyWarmWrites         = "warmWritesPerSecond"
	keyLambdaConcurrency  = "lambdaConcurrency"
	keyReserved           = "reservedConcurrency"
	keyTags               = "tags"
	keyAnalytics          = "analytics"
	keyLakeTable          = "lakeTable"
	keyBI                 = "bi"
	keyBIPrincipals       = "quicksightPrincipals"
	keyNotebook           = "notebook"
	keyNotebookNetwork    = "notebookNetwork"
	keyLakeBuffer         = "lakeBufferSeconds"
	keyLakeRetention      = "lakeRetentionDays"
	keyScanLimit          = "athenaScanLimitGb"
	keyIdentityPlan       = "identityPlan"
	keySelfSignUp         = "selfSignUp"
	keyPasswordSignIn     = "passwordSignIn"
	keySignInPrefix       = "signInDomainPrefix"
	keySignInDomain       = "signInDomain"
	keyMobileURLs         = "mobileUrls"
	keyProviders          = "identityProviders"
	keyConsole            = "console"
	keyConsoleURL         = "consoleUrl"
	keyConsoleDomain      = "consoleDomain"
	keyConsoleNetwork     = "consoleNetwork"
	keyConsoleInstances   = "consoleInstances"
	keyEmailSender        = "emailSender"
	keyTextCountries      = "smsCountries"
	keyTextSpend          = "smsMonthlySpendUsd"
	keyAPIDomain          = "apiDomain"
	keyAPIRate            = "apiRequestsPerSecond"
	keyAPIBurst           = "apiBurst"
	keyAPIClient          = "apiRequestsPerClient"
)

// keys returns the names of all settings.
func keys() []string {
	return []string{keyAccount, keyRegion, keyApplication, keyManufacturers, keyThings, keyIoTLogging, keyLogRetention,
		keyTelemetryRetention, keyRawRetention, keyAlarmEmail, keyStreamMode, keyStream, keyThresholds, keyArchitecture, keyProtected, keyCertificateDays, keyJITRConcurrency, keyTags,
		keyWorkerConcurrency, keyWorkerAttempts, keyGrace, keyParallelization, keyFanOut, keyWarmWrites, keyLambdaConcurrency, keyReserved,
		keyAnalytics, keyLakeTable, keyBI, keyBIPrincipals, keyNotebook, keyNotebookNetwork, keyLakeBuffer, keyLakeRetention, keyScanLimit, keyIdentityPlan, keySelfSignUp, keyPasswordSignIn, keySignInPrefix,
		keySignInDomain, keyMobileURLs, keyProviders, keyConsole, keyConsoleURL, keyConsoleDomain, keyConsoleNetwork, keyConsoleInstances, keyEmailSender, keyTextCountries, keyTextSpend, keyAPIDomain, keyAPIRate, keyAPIBurst, keyAPIClient}
}

// textKeys are the settings whose values are strings, and which the command line therefore never parses as JSON.
func textKeys() []string {
	return []string{keyAccount, keyRegion, keyApplication, keyIoTLogging, keyAlarmEmail, keyStream, keyArchitecture, keyAnalytics, keyLakeTable, keyBI, keyNotebook,
		keyIdentityPlan, keySignInPrefix, keyConsole, keyConsoleURL, keyEmailSender}
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)
	tagPattern     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$`)
)

// logRetentions are the retention periods in days that CloudWatch Logs supports, up to two years.
var logRetentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}

// reader reads single settings of one environment and collects their problems.
type reader struct {
	raw    map[string]any
	origin func(key string) string
	dir    string
	bad    *Problems
}

func read(e Environment, r reader) Settings {
	registrations, workers := r.number(keyJITRConcurrency, 2, 2, 50), r.workers()
	return Settings{
		Environment:        e,
		Account:            r.text(keyAccount, "", "12 digits", accountPattern.MatchString),
		Region:             r.region(),
		Application:        r.application(),
		Manufacturers:      r.manufacturers(),
		Things:             r.things(),
		IoTLogging:         LogLevel(r.oneOf(keyIoTLogging, string(Off), "OFF", "ERROR", "WARN", "INFO", "DEBUG")),
		LogRetentionDays:   r.logRetention(),
		TelemetryRetention: time.Duration(r.number(keyTelemetryRetention, 14, 1, 365)) * 24 * time.Hour,
		RawRetentionDays:   r.number(keyRawRetention, 365, 1, 3650),
		AlarmEmail:         r.text(keyAlarmEmail, "", "an e-mail address", isEmail),
		Stream:             r.stream(),
		Engine:             Engine(r.oneOf(keyStream, string(Lambda), string(Lambda), string(Flink))),
		Thresholds:         r.thresholds(),
		Analytics: Analytics{
			Backend:       Backend(r.oneOf(keyAnalytics, string(Lake), string(Lake), string(IoTAnalytics), string(NoAnalytics))),
			Table:         Table(r.oneOf(keyLakeTable, string(Parquet), string(Parquet), string(Iceberg))),
			BI:            r.bi(),
			Notebook:      r.notebook(),
			Buffer:        time.Duration(r.number(keyLakeBuffer, 300, 60, 900)) * time.Second,
			RetentionDays: r.number(keyLakeRetention, 730, 1, 3650),
			ScanLimitGB:   r.number(keyScanLimit, 100, 1, 10_000),
		},
		Architecture:    r.architecture(),
		Protected:       r.flag(keyProtected, true),
		JITRConcurrency: registrations,
		// Cars live for decades: a longer validity than 30 years is a typing error.
		CertificateLifetime: time.Duration(r.number(keyCertificateDays, certificateDays, 1, 30*366)) * 24 * time.Hour,
		Workers:             workers,
		Reserved:            r.reserved(registrations, workers),
		WarmWrites:          r.warmWrites(),
		Tags:                r.tags(),
		Identity:            r.identity(),
		API:                 r.api(),
		Console:             Hosting(r.oneOf(keyConsole, string(NoConsole), string(NoConsole), string(SelfHosted), string(ElasticBeanstalk))),
		Beanstalk:           r.beanstalk(),
		ConsoleURL:          r.text(keyConsoleURL, "", "the origin of an https address, or of an http one of localhost, like https://console.example.com", isOrigin),
		EmailSender:         r.text(keyEmailSender, "", "an e-mail address", isEmail),
		Texts:               r.texts(),
	}
}

func (r reader) fail(key, allowed string, args ...any) {
	r.bad.add(r.origin(key), r.raw[key], allowed, args...)
}

func (r reader) text(key, otherwise, allowed string, valid func(string) bool) string {
	value, ok := r.raw[key]
	if !ok {
		return otherwise
	}
	text, ok := value.(string)
	if !ok || !valid(text) {
		r.fail(key, "must be %s", allowed)
		return otherwise
	}
	return text
}

func (r reader) oneOf(key, otherwise string, allowed ...string) string {
	return r.text(key, otherwise, "one of "+strings.Join(allowed, ", "), func(s string) bool { return slices.Contains(allowed, s) })
}

func (r reader) number(key string, otherwise, least, most int) int {
	value, ok := r.raw[key]
	if !ok {
		return otherwise
	}
	n, ok := wholeNumber(value)
	if !ok || n < least || n > most {
		r.fail(key, "must be a whole number from %d to %d", least, most)
		return otherwise
	}
	return n
}

func (r reader) flag(key string, otherwise bool) bool {
	value, ok := r.raw[key]
	if !ok {
		return otherwise
	}
	b, ok := value.(bool)
	if !ok {
		r.fail(key, "must be true or false")
	}
	return b
}

// region reads a region of AWS's standard partition. The other partitions lack features of Amazon Cognito that sign-in needs:
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/cognito.html
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html
func (r reader) region() string {
	region := r.text(keyRegion, "", "a region's name, like eu-central-1", regionPattern.MatchString)
	switch {
	case strings.HasPrefix(region, "cn-"):
		r.fail(keyRegion, "the partition aws-cn (China) is not supported: Amazon Cognito has no user pools there")
	case strings.HasPrefix(region, "us-gov-"):
		r.fail(keyRegion, "the partition aws-us-gov (GovCloud) is not supported: Amazon Cognito has FIPS endpoints alone and another identity principal there")
	case strings.HasPrefix(region, "us-iso"), strings.HasPrefix(region, "eu-iso"), strings.HasPrefix(region, "eusc-"):
		r.fail(keyRegion, "only regions of the partition aws are supported, like eu-central-1")
	}
	return region
}

func (r reader) application() names.Application {
	value, ok := r.raw[keyApplication]
	if !ok {
		return names.DefaultApplication
	}
	text, _ := value.(string)
	a, err := names.ParseApplication(text)
	if err != nil {
		r.fail(keyApplication, "allowed are 1 to 16 lower-case letters, digits and hyphens, a letter first")
		return ""
	}
	return a
}

func (r reader) logRetention() int {
	days := r.number(keyLogRetention, 30, 1, 731)
	if !slices.Contains(logRetentions, days) {
		r.fail(keyLogRetention, "CloudWatch Logs allows only 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545 and 731 days")
	}
	return days
}

// stream reads "ON_DEMAND" or a number of shards.
func (r reader) stream() Stream {
	s := Stream{Parallelization: r.number(keyParallelization, 1, 1, 10), FanOut: r.flag(keyFanOut, false)}
	value, ok := r.raw[keyStreamMode]
	if !ok || value == "ON_DEMAND" {
		return s
	}
	shards, ok := wholeNumber(value)
	if !ok || shards < 1 || shards > 200 {
		r.fail(keyStreamMode, "must be ON_DEMAND or the number of provisioned shards, 1 to 200")
	}
	s.Shards = shards
	return s
}

// architecture reads the functions' architecture; "host" is the architecture of the machine that synthesises.
func (r reader) architecture() Architecture {
	name := r.oneOf(keyArchitecture, "arm64", "arm64", "x86_64", "host")
	switch {
	case name == "x86_64", name == "host" && runtime.GOARCH == string(AMD64):
		return AMD64
	case name == "host" && runtime.GOARCH != string(ARM64):
		r.fail(keyArchitecture, "this machine is %s, which Lambda does not run; name arm64 or x86_64", runtime.GOARCH)
	}
	return ARM64
}

func (r reader) tags() map[string]string {
	value, ok := r.raw[keyTags]
	if !ok {
		return nil
	}
	var tags map[string]string
	if !decode(value, &tags) {
		r.fail(keyTags, `must be an object of texts, like {"costCentre": "4711"}`)
		return nil
	}
	for name, v := range tags {
		if !tagPattern.MatchString(name) || len(v) > 256 || strings.HasPrefix(strings.ToLower(name), "aws:") {
			r.fail(keyTags, "tag %q: names have 1 to 128 letters, digits and _.:/=+-@ and do not start with aws:, values up to 256", name)
		}
	}
	return tags
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func wholeNumber(value any) (int, bool) {
	f, ok := value.(float64)
	return int(f), ok && f == math.Trunc(f) && math.Abs(f) < 1<<31
}

// decode converts a decoded JSON value to a Go type and reports success. Unknown fields are errors.
func decode(value, into any) bool {
	b, err := json.Marshal(value)
	if err != nil {
		return false
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return d.Decode(into) == nil
}
