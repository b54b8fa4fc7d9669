//go:build integration

package integration

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSmoke brings the platform up, has every route checked from outside, and takes it down again.
func TestSmoke(t *testing.T) {
	dir, env := elsewhere(t)
	cmd := program(t.Context(), env, "localcloud", "smoke")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &out), os.Stderr
	require.NoError(t, cmd.Run())
	assert.Contains(t, out.String(), " passed, 0 failed")
	assert.NotContains(t, out.String(), "FAIL")
	assert.NoFileExists(t, dir+"/platform.json")
	assert.NoFileExists(t, dir+"/run/emulator.pid")
	assert.NoFileExists(t, dir+"/run/gateway.pid")
}
