//go:build integration

package integration

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/testing/shell"
)

// TestSmoke starts the platform, checks every route from outside, and destroys the platform, in an environment whose variables all lead to
// AWS.
func TestSmoke(t *testing.T) {
	dir, env := elsewhere(t)
	stray := shell.Listen(t)
	env = append(env, stray.Everything(t)...)
	cmd := program(t.Context(), env, "localcloud", "smoke")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &out), os.Stderr
	require.NoError(t, cmd.Run())
	assert.Empty(t, stray.Strays())
	assert.Contains(t, out.String(), " passed, 0 failed")
	assert.NotContains(t, out.String(), "FAIL")
	assert.NoFileExists(t, dir+"/platform.json")
	assert.NoFileExists(t, dir+"/run/emulator.pid")
	assert.NoFileExists(t, dir+"/run/gateway.pid")
}
