package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/aws/awsconfig"
)

// settings are the command's flags. Each can be set by an environment variable too; the flag wins.
type settings struct {
	endpoint, mqtt, http, pprof string
	state                       string
	serverCert, serverKey       string
	hosts                       []string
	relaxSNI, expose, fsync     bool
	requireSignatures           bool
	poll, actionTime, drainTime time.Duration
	sessionExpiry               time.Duration
	publishRate, connectRate    int
	logLevel, logFormat         string
	region                      string        // only from the environment, like key
	key                         awsconfig.Key // signs calls to the emulator
}

const long = `devicegateway is what devices connect to in AWS IoT Core, for an AWS emulator that has IoT's control plane (MiniStack,
LocalStack): MQTT 3.1.1 and 5 over mutual TLS, just-in-time registration, IoT policies, topic rules with their
SQL and actions, and the IoT data API over HTTP. Certificates, authorities, policies, things and rules are what was
deployed to the emulator; changes are seen within a second.

The region comes from AWS_REGION or AWS_DEFAULT_REGION. The access key comes from the environment unless AWS issued it: a person's
own key never reaches an emulator; without one it is "test". No other setting of the AWS tools counts. Each flag can also be set by an
environment variable: DEVICEGATEWAY_ and its name, upper case with underscores (DEVICEGATEWAY_MQTT); the endpoint by
AWS_ENDPOINT_URL.`

// command makes the command line. It calls run once the settings are checked.
func command(getenv func(string) string, run func(context.Context, settings) error) *cobra.Command {
	var s settings
	c := &cobra.Command{
		Use: "devicegateway", Short: "AWS IoT Core's device gateway, for an AWS emulator", Long: long,
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromEnvironment(c, getenv); err != nil {
				return err
			}
			if err := s.check(); err != nil {
				return err
			}
			s.region, s.key = cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION")), awsconfig.KeyFor(getenv)
			return run(c.Context(), s)
		},
	}
	f := c.Flags()
	f.StringVar(&s.endpoint, "endpoint", "", "URL of the AWS emulator (or AWS_ENDPOINT_URL)")
	f.StringVar(&s.mqtt, "mqtt", "127.0.0.1:8883", "address for devices: MQTT over mutual TLS")
	f.StringVar(&s.http, "http", "127.0.0.1:8443", "address of the IoT data API and of /metrics, plain HTTP without authentication; empty: none")
	f.StringVar(&s.pprof, "pprof", "", "address of this machine for Go's profiles on /debug/pprof/; default: none")
	f.BoolVar(&s.expose, "expose-http", false, "let --http be an address that others reach: whoever does may publish as any car and read every shadow")
	f.BoolVar(&s.requireSignatures, "require-signatures", false, "refuse calls of --http that are not signed with a key that the gateway knows: its own, and those that Amazon Cognito issued through it")
	f.StringVar(&s.state, "state", ".devicegateway", "folder for the server certificate and its authority, sessions, retained messages and shadows")
	f.BoolVar(&s.fsync, "fsync", false, "wait for the disk before what sessions, retained messages and shadows must keep is acknowledged: they outlive the machine's end, not only the program's")
	f.StringVar(&s.serverCert, "server-cert", "", "server certificate chain, PEM; default: one made in the state folder")
	f.StringVar(&s.serverKey, "server-key", "", "private key of the server certificate, PEM")
	f.StringSliceVar(&s.hosts, "host", nil, "further host names and addresses of the server certificate, beside localhost and 127.0.0.1")
	f.BoolVar(&s.relaxSNI, "relax-sni", false, "let clients of this machine connect without a TLS server name, as they must by IP address")
	f.DurationVar(&s.poll, "poll", 500*time.Millisecond, "how often the registry is read, at most 1s for changes to count within a second")
	f.DurationVar(&s.actionTime, "action-timeout", 30*time.Second, "how long a rule action is tried before its error action, and then the connection, gets its turn")
	f.DurationVar(&s.drainTime, "drain-timeout", 10*time.Second, "how long messages under way may take after SIGTERM")
	f.DurationVar(&s.sessionExpiry, "session-expiry", time.Hour, "how long persistent sessions are kept at most after a disconnect")
	f.IntVar(&s.publishRate, "publish-rate", 0, "messages a second that a connection may publish (AWS: 100); 0: any")
	f.IntVar(&s.connectRate, "connect-rate", 0, "connections a second (AWS: 500); 0: any")
	f.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text (key=value) or json")
	return c
}

// fromEnvironment sets the flags that are not on the command line from environment variables.
func fromEnvironment(c *cobra.Command, getenv func(string) string) error {
	names := []string{
		"mqtt", "http", "pprof", "expose-http", "state", "fsync", "server-cert", "server-key", "host", "relax-sni", "require-signatures", "poll", "action-timeout", "drain-timeout",
		"session-expiry", "publish-rate", "connect-rate", "log-level", "log-format",
	}
	variables := map[string]string{"endpoint": "AWS_ENDPOINT_URL"}
	for _, n := range names {
		variables[n] = "DEVICEGATEWAY_" + strings.ToUpper(strings.ReplaceAll(n, "-", "_"))
	}
	for name, variable := range variables {
		value := getenv(variable)
		if value == "" || c.Flags().Changed(name) {
			continue
		}
		if err := c.Flags().Set(name, value); err != nil {
			return fmt.Errorf("%s=%q: %w", variable, value, err)
		}
	}
	return nil
}

var errNoEndpoint = errors.New("no AWS endpoint: set --endpoint or AWS_ENDPOINT_URL to the emulator's URL, for example http://127.0.0.1:4566")

// check returns one error that names every invalid setting.
func (s settings) check() error {
	var bad []error
	fail := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	if _, err := awsconfig.ParseEndpoint(s.endpoint); s.endpoint != "" && err != nil {
		fail("--endpoint: %w", err)
	}
	for _, a := range []struct{ flag, value string }{{"mqtt", s.mqtt}, {"http", s.http}} {
		if _, _, err := net.SplitHostPort(a.value); err != nil && (a.flag != "http" || a.value != "") {
			fail("--%s %q: allowed is an address such as 127.0.0.1:8883", a.flag, a.value)
		}
	}
	if s.http != "" && !s.expose && !loopback(s.http) {
		fail("--http %q: callers are not authenticated, so allowed are addresses of this machine alone, such as 127.0.0.1:8443; --expose-http allows others", s.http)
	}
	if s.pprof != "" && !loopback(s.pprof) {
		fail("--pprof %q: profiles show memory, so allowed are addresses of this machine alone, such as 127.0.0.1:6060", s.pprof)
	}
	if (s.serverCert == "") != (s.serverKey == "") {
		fail("--server-cert and --server-key go together")
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"poll", s.poll}, {"action-timeout", s.actionTime}, {"drain-timeout", s.drainTime}, {"session-expiry", s.sessionExpiry}} {
		if d.value <= 0 {
			fail("--%s %s: it must be more than 0", d.flag, d.value)
		}
	}
	if s.publishRate < 0 || s.connectRate < 0 {
		fail("--publish-rate and --connect-rate must not be negative")
	}
	if _, err := s.logger(); err != nil {
		bad = append(bad, err)
	}
	return inOneLine(bad)
}

// loopback reports whether an address is reachable from this machine only. It returns false for an address that cannot be parsed.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err != nil || host == "localhost" || net.ParseIP(host).IsLoopback()
}

// inOneLine joins errors into one line for an error message.
func inOneLine(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	text := make([]string, len(errs))
	for i, e := range errs {
		text[i] = e.Error()
	}
	return errors.New(strings.Join(text, "; "))
}

// logger writes to standard error.
func (s settings) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q: allowed are debug, info, warn and error", s.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, options)), nil
	}
	return nil, fmt.Errorf("--log-format %q: allowed are text and json", s.logFormat)
}
