package main

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func getenv(pairs ...string) func(string) string {
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestReadSettings(t *testing.T) {
	t.Chdir("../..")
	for name, tc := range map[string]struct {
		env      func(string) string
		endpoint string
		wantErrs []string
	}{
		"without settings the emulator is ours":          {getenv(), "http://127.0.0.1:4566", nil},
		"a port moves":                                   {getenv("LOCALCLOUD_AWS_PORT", "4999"), "http://127.0.0.1:4999", nil},
		"a named endpoint is used":                       {getenv("AWS_ENDPOINT_URL", "http://localhost:4566"), "http://localhost:4566", nil},
		"a port that is a word fails by name":            {getenv("LOCALCLOUD_MQTT_PORT", "mqtt"), "", []string{`LOCALCLOUD_MQTT_PORT="mqtt"`, "1 to 65535"}},
		"a port out of range fails":                      {getenv("LOCALCLOUD_MQTT_PORT", "70000"), "", []string{"1 to 65535"}},
		"every bad setting is named":                     {getenv("LOCALCLOUD_MQTT_PORT", "0", "LOCALCLOUD_AWS_PORT", "-1"), "", []string{"LOCALCLOUD_MQTT_PORT", "LOCALCLOUD_AWS_PORT"}},
		"AWS itself is refused":                          {getenv("AWS_ENDPOINT_URL", "https://iot.eu-central-1.amazonaws.com"), "", []string{"is AWS itself"}},
		"a slash at the end is dropped":                  {getenv("AWS_ENDPOINT_URL", "http://localhost:4566/"), "http://localhost:4566", nil},
		"AWS with the dot of a DNS name is refused":      {getenv("AWS_ENDPOINT_URL", "https://sts.amazonaws.com."), "", []string{"is AWS itself"}},
		"AWS in China is refused":                        {getenv("AWS_ENDPOINT_URL", "https://sts.cn-north-1.amazonaws.com.cn"), "", []string{"is AWS itself"}},
		"a strict front neither on nor off fails":        {getenv("LOCALCLOUD_STRICT", "maybe"), "", []string{`LOCALCLOUD_STRICT="maybe"`, "on and off"}},
		"enforcement of IAM neither on nor off fails":    {getenv("LOCALCLOUD_IAM", "maybe"), "", []string{`LOCALCLOUD_IAM="maybe"`, "on and off"}},
		"a rate that cannot be read fails":               {getenv("LOCALCLOUD_THROTTLE", "iot=fast"), "", []string{"LOCALCLOUD_THROTTLE", "SERVICE=N/s"}},
		"a rate without the front fails":                 {getenv("LOCALCLOUD_THROTTLE", "iot=1/s", "LOCALCLOUD_STRICT", "off"), "", []string{"LOCALCLOUD_THROTTLE needs the strict front"}},
		"an endpoint without a host fails":               {getenv("AWS_ENDPOINT_URL", "localhost"), "", []string{"AWS_ENDPOINT_URL", "allowed is an http or https URL"}},
		"a host that only looks like AWS is an emulator": {getenv("AWS_ENDPOINT_URL", "http://notamazonaws.com:4566"), "http://notamazonaws.com:4566", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(tc.env)
			if tc.wantErrs == nil {
				require.NoError(t, err)
				assert.Equal(t, tc.endpoint, s.endpoint)
				return
			}
			for _, want := range tc.wantErrs {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestTheStrictFrontStandsUnlessItIsSwitchedOffOrTheEndpointIsTheUsers(t *testing.T) {
	t.Chdir("../..")
	for name, tc := range map[string]struct {
		env    func(string) string
		strict bool
	}{
		"by itself":                {getenv(), true},
		"switched on":              {getenv("LOCALCLOUD_STRICT", "on"), true},
		"switched off":             {getenv("LOCALCLOUD_STRICT", "off"), false},
		"an endpoint of the users": {getenv("LOCALCLOUD_STRICT", "on", "AWS_ENDPOINT_URL", "http://localhost:4566"), false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(tc.env)
			require.NoError(t, err)
			assert.Equal(t, tc.strict, s.strict)
		})
	}
}

func TestATakenPortIsNamedWithTheVariableThatMovesIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() // a close error does not matter in a test
	port := l.Addr().(*net.TCPAddr).Port
	s := settings{mqttPort: port}
	err = s.checkPortsFree()
	assert.ErrorContains(t, err, strconv.Itoa(port))
	assert.ErrorContains(t, err, "LOCALCLOUD_MQTT_PORT")
}
