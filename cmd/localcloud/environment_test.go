package main

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/testing/shell"
)

// TestChildrenSeeTheEmulatorAlone: the emulator with its functions, cdk, the gateway and carctl each read the environment.
func TestChildrenSeeTheEmulatorAlone(t *testing.T) {
	t.Chdir("../..")
	stray := shell.Listen(t)
	ours := map[string]string{
		"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"GOOS": runtime.GOOS, "GOARCH": runtime.GOARCH, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off",
	}
	for name, env := range stray.Settings(t) {
		t.Run(name, func(t *testing.T) {
			shellEnv := map[string]string{}
			for _, kv := range append(env, "CDK_DEFAULT_ACCOUNT=123456789012", "LOCALSTACK_HOSTNAME=other", "MINISTACK_ACCOUNT_ID=1", "NO_PROXY=corp") {
				key, value, _ := strings.Cut(kv, "=")
				t.Setenv(key, value)
				shellEnv[key] = value
			}
			s, err := readSettings(func(name string) string { return shellEnv[name] })
			require.NoError(t, err)
			got := seenByAChild(t, s)
			for key, value := range got {
				if s.replaces(key) || ours[key] != "" {
					assert.Equal(t, ours[key], value, key)
				}
			}
			for key := range ours {
				assert.Contains(t, got, key)
			}
			assert.Equal(t, "localhost,127.0.0.1,::1,127.0.0.1,corp", got["NO_PROXY"])
			assert.Equal(t, stray.URL, got["HTTPS_PROXY"], "modules and packages may need it")
		})
	}
}

// seenByAChild returns the environment as a child process prints it.
func seenByAChild(t *testing.T, s settings) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "env", "-0")
	cmd.Env = s.environment()
	out, err := cmd.Output()
	require.NoError(t, err)
	got := map[string]string{}
	for kv := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		key, value, _ := strings.Cut(kv, "=")
		if key != "NO_PROXY" && strings.EqualFold(key, "NO_PROXY") {
			continue
		}
		got[key] = value
	}
	return got
}

// TestAnEmulatorOfTheUsersOwn: an emulator may need a key that names its account, but a real AWS key is never sent to an emulator.
func TestAnEmulatorOfTheUsersOwn(t *testing.T) {
	t.Chdir("../..")
	for name, tc := range map[string]struct{ id, want string }{
		"no key":              {"", "test"},
		"an emulator's":       {"000000000042", "000000000042"},
		"a key issued by AWS": {"AKIAIOSFODNN7EXAMPLE", "test"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := readSettings(getenv("AWS_ENDPOINT_URL", "http://emulator:4566/", "AWS_ACCESS_KEY_ID", tc.id, "AWS_SECRET_ACCESS_KEY", "x"))
			require.NoError(t, err)
			assert.Contains(t, s.environment(), "AWS_ACCESS_KEY_ID="+tc.want)
			p := (&cloud{settings: s}).describe()
			require.NotNil(t, p.AWSKey)
			assert.Equal(t, tc.want, p.AWSKey.ID)
			assert.Equal(t, "http://emulator:4566", p.AWSEndpoint)
		})
	}
}

// TestAnEndpointThatAShellKeptIsNamed: the address of a platform that was stopped may still be exported in a shell.
func TestAnEndpointThatAShellKeptIsNamed(t *testing.T) {
	t.Chdir("../..")
	s, err := readSettings(getenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1"))
	require.NoError(t, err)
	_, err = (&cloud{settings: s}).startEmulator(t.Context())
	assert.ErrorContains(t, err, "unset AWS_ENDPOINT_URL")
}
