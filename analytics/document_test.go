package analytics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/analytics"
)

// TestTheDocumentSaysTheColumns compares the table in docs/analytics.md with the columns, in their order, and checks that the targets of
// its links exist.
func TestTheDocumentSaysTheColumns(t *testing.T) {
	docs := filepath.Join("..", "docs")
	b, err := os.ReadFile(filepath.Join(docs, "analytics.md"))
	require.NoError(t, err)
	var rows strings.Builder
	for _, c := range append(analytics.Columns(), analytics.Partitions()...) {
		fmt.Fprintf(&rows, "| `%s` | %s | %s |\n", c.Name, c.Type, c.Comment)
	}
	assert.Contains(t, string(b), "| column | type | |\n|---|---|---|\n"+rows.String()+"\n")
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(string(b), -1) {
		assert.FileExists(t, filepath.Join(docs, link[1]))
	}
}
