package limits_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var testName = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")

// A threat without a test that there is would be a promise.
func TestThreatsNameTestsThatThereAre(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	require.NoError(t, err)
	_, threats, found := strings.Cut(string(page), "## Threats")
	require.True(t, found)
	threats, _, _ = strings.Cut(threats, "\n## ")
	tests, rows := everything(t, "_test.go"), 0
	for line := range strings.Lines(threats) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || strings.HasPrefix(cells[0], "---") || strings.Contains(cells[0], "what could go wrong") {
			continue
		}
		rows++
		named := testName.FindAllStringSubmatch(cells[2], -1)
		assert.NotEmpty(t, named, "%s: held by no test", cells[0])
		for _, n := range named {
			assert.Contains(t, tests, "func "+n[1]+"(", cells[0])
		}
	}
	assert.Greater(t, rows, 20)
}
