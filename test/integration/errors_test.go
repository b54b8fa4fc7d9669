//go:build integration

package integration

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBadInputIsOneClearLine: bad input prints one line with the mistake and the allowed values, and returns a failure status for scripts.
func TestBadInputIsOneClearLine(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log.csv")
	require.NoError(t, os.WriteFile(log, []byte("colour;mood\nred;fine\n"), 0o600))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close() // a close error does not matter in a test
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)

	keyless := filepath.Join(t.TempDir(), "ca")
	require.NoError(t, program(t.Context(), nil, "carctl", "ca", "init", "--dir", keyless).Run())
	require.NoError(t, os.Remove(filepath.Join(keyless, "intermediate.key")))

	for name, tc := range map[string]struct {
		argv []string
		env  []string
		want []string
	}{
		"an environment that does not exist": {[]string{"cdk", "-c", "env=staging"}, nil, []string{"env", "staging", "dev", "prod", "local"}},
		"a setting that does not exist":      {[]string{"cdk", "-c", "env=dev", "-c", "colour=red"}, nil, []string{"colour"}},
		"a setting with a bad value":         {[]string{"cdk", "-c", "env=dev", "-c", "application=CARS!"}, nil, []string{"application", "CARS!"}},
		"a VIN that is too short":            {[]string{"carctl", "vehicle", "add", "SHORT", "--manufacturer", "acme"}, nil, []string{"SHORT", "17 characters"}},
		"a log with unknown columns":         {[]string{"carctl", "drive", "--dry-run", "--replay", log}, nil, []string{"colour", "speed"}},
		"a CA whose key is missing":          {[]string{"carctl", "cert", "issue", "1M8GDM9AXKP042788", "--ca", keyless, "--out", t.TempDir()}, nil, []string{"key", "intermediate.key"}},
		"a port that is taken":               {[]string{"localcloud", "up"}, []string{"LOCALCLOUD_MQTT_PORT=" + port}, []string{port, "LOCALCLOUD_MQTT_PORT"}},
		"a gateway's port that is taken":     {[]string{"devicegateway", "--mqtt", "127.0.0.1:" + port, "--state", t.TempDir()}, nil, []string{port}},
	} {
		t.Run(name, func(t *testing.T) {
			_, env := elsewhere(t)
			cmd := program(t.Context(), append(env, tc.env...), tc.argv[0], tc.argv[1:]...)
			if tc.argv[0] == "cdk" {
				synth := append([]string{"synth", "--quiet", "--no-notices", "--no-version-reporting", "--app", filepath.Join(binaries, "bin"), "--output", t.TempDir()}, tc.argv[1:]...)
				cmd = exec.CommandContext(t.Context(), filepath.Join(repo(), "node_modules", ".bin", "cdk"), synth...)
				cmd.Dir, cmd.Env = repo(), append(os.Environ(), env...)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			line := lineWith(stderr.String(), tc.want[0])
			for _, want := range tc.want {
				assert.Contains(t, line, want)
			}
			assert.NotContains(t, stderr.String(), "goroutine ", "a person must not read a stack trace")
			if tc.argv[0] != "cdk" { // cdk adds a line of its own
				assert.Len(t, strings.Split(strings.TrimSpace(stderr.String()), "\n"), 1)
			}
		})
	}
}

// lineWith is the first line that contains the word, or the whole text if none does.
func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			return line
		}
	}
	return text
}
