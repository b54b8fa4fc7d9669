package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	uses   = regexp.MustCompile(`(?m)^\s*-?\s*uses:\s*(.+)$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
)

// The owner of an action can move its tag, so whoever takes over the owner's account could run code in our CI. A digest cannot be moved.
// https://docs.github.com/en/actions/reference/security/secure-use
func TestActionsArePinnedByDigest(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
			found++
			assert.Regexp(t, pinned, m[1], "%s: allowed is owner/name@digest # its version", filepath.Base(file))
		}
	}
	assert.Greater(t, found, 5)
}
