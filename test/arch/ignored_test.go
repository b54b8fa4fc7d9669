package arch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var documentedCA = regexp.MustCompile(`carctl ca init[^\n` + "`" + `]*--dir (\S+)`)

// Files that the documented commands create in a checkout must be in .gitignore, above all a CA's private key.
func TestKeysThatDocumentedCommandsMakeAreIgnored(t *testing.T) {
	rules, err := os.ReadFile("../../.gitignore")
	require.NoError(t, err)
	repository := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(repository, ".gitignore"), rules, 0o600))
	require.NoError(t, exec.Command("git", "init", "-q", repository).Run())
	ignored := func(path string) bool {
		return exec.Command("git", "-C", repository, "check-ignore", "-q", path).Run() == nil
	}
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	found := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range documentedCA.FindAllSubmatch(text, -1) {
			found++
			for _, key := range []string{"root.key", "intermediate.key"} {
				assert.True(t, ignored(filepath.Join(string(m[1]), key)), "%s: %s/%s", page, m[1], key)
			}
		}
	}
	assert.Positive(t, found)
	assert.True(t, ignored("somewhere/else/car.key"))
	assert.False(t, ignored("internal/device/pki/folder.go"))
	assert.False(t, ignored("test/snapshot/testdata/ca/intermediate.pem"))
}
