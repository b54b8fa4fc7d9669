package main

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parse runs the command line and returns the resulting settings.
func parse(t *testing.T, env map[string]string, args ...string) (settings, error) {
	t.Helper()
	var got settings
	c := command(func(name string) string { return env[name] }, func(_ context.Context, s settings) error {
		got = s
		return nil
	})
	c.SetArgs(args)
	return got, c.ExecuteContext(t.Context())
}

func TestSettings(t *testing.T) {
	for name, tc := range map[string]struct {
		env   map[string]string
		args  []string
		check func(settings) bool
		err   string
	}{
		"the endpoint comes from the environment": {
			env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, check: func(s settings) bool { return s.endpoint == "http://127.0.0.1:1" },
		},
		"a flag wins over the environment": {
			env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "DEVICEGATEWAY_MQTT": "127.0.0.1:2"}, args: []string{"--mqtt", "127.0.0.1:3"},
			check: func(s settings) bool { return s.mqtt == "127.0.0.1:3" },
		},
		"every flag can be set by the environment": {
			env:   map[string]string{"AWS_ENDPOINT_URL": "http://x", "DEVICEGATEWAY_ACTION_TIMEOUT": "3s", "DEVICEGATEWAY_HOST": "a,b", "DEVICEGATEWAY_RELAX_SNI": "true"},
			check: func(s settings) bool { return s.actionTime == 3*time.Second && len(s.hosts) == 2 && s.relaxSNI },
		},
		"an endpoint without scheme fails": {args: []string{"--endpoint", "localhost:4566"}, err: `--endpoint: AWS endpoint "localhost:4566"`},
		"AWS itself fails":                 {args: []string{"--endpoint", "https://iot.eu-central-1.amazonaws.com."}, err: "is AWS itself"},
		"AWS in the environment fails":     {env: map[string]string{"AWS_ENDPOINT_URL": "https://sts.amazonaws.com"}, err: "is AWS itself"},
		"a bad address fails":              {args: []string{"--endpoint", "http://x", "--mqtt", "8883"}, err: `--mqtt "8883"`},
		"an address of others fails":       {args: []string{"--endpoint", "http://x", "--http", "0.0.0.0:8443"}, err: "callers are not authenticated"},
		"every address fails":              {args: []string{"--endpoint", "http://x", "--http", ":8443"}, err: "callers are not authenticated"},
		"an address of others is allowed where it is meant": {
			args: []string{"--endpoint", "http://x", "--http", "0.0.0.0:8443", "--expose-http"}, check: func(s settings) bool { return s.http == "0.0.0.0:8443" },
		},
		"profiles for others fail":         {args: []string{"--endpoint", "http://x", "--pprof", ":6060"}, err: "this machine alone"},
		"loopback of IPv6 is this machine": {args: []string{"--endpoint", "http://x", "--http", "[::1]:8443"}, check: func(s settings) bool { return !s.expose }},
		"a certificate without key fails":  {args: []string{"--endpoint", "http://x", "--server-cert", "a"}, err: "go together"},
		"an unknown log level fails":       {args: []string{"--endpoint", "http://x", "--log-level", "loud"}, err: "debug, info, warn and error"},
		"an unknown flag fails":            {args: []string{"--colour", "red"}, err: "--colour"},
		"a bad value in the environment is named": {
			env: map[string]string{"DEVICEGATEWAY_POLL": "often"}, err: "DEVICEGATEWAY_POLL",
		},
		"an argument fails": {args: []string{"serve"}, err: "serve"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(t, tc.env, tc.args...)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				assert.NotContains(t, err.Error(), "\n")
				return
			}
			require.NoError(t, err)
			assert.True(t, tc.check(s))
		})
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() // closing cannot fail the test
	_, _, err = settings{mqtt: l.Addr().String()}.listen()
	require.ErrorContains(t, err, l.Addr().String()+" is taken by another program")
	assert.ErrorContains(t, err, "--mqtt")
}

func TestMissingEndpointIsNamed(t *testing.T) {
	s, err := parse(t, nil, "--mqtt", "127.0.0.1:0", "--http", "")
	require.NoError(t, err)
	assert.ErrorIs(t, run(t.Context(), s), errNoEndpoint)
}

func TestHelpNamesEveryFlag(t *testing.T) {
	var out bytes.Buffer
	c := command(func(string) string { return "" }, nil)
	c.SetArgs([]string{"--help"})
	c.SetOut(&out)
	require.NoError(t, c.Execute())
	for _, flag := range []string{"--endpoint", "--mqtt", "--http", "--state", "--server-cert", "--server-key", "--host", "--relax-sni", "--poll", "--publish-rate"} {
		assert.Contains(t, out.String(), flag)
	}
}
