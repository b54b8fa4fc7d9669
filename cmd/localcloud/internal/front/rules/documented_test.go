package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/cmd/localcloud/internal/front/rules"
)

var update = flag.Bool("update", false, "write the table of docs/local-platform.md")

func TestTheTableIsDocumented(t *testing.T) {
	file := filepath.Join("..", "..", "..", "..", "..", "docs", "local-platform.md")
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	const start, end = "<!-- rules -->\n", "<!-- /rules -->"
	before, rest, found := strings.Cut(string(page), start)
	require.True(t, found)
	written, after, found := strings.Cut(rest, end)
	require.True(t, found)
	var want strings.Builder
	want.WriteString("| service | passes | else |\n|---|---|---|\n")
	for _, r := range rules.Table() {
		fmt.Fprintf(&want, "| %s | [%s](%s) | `%s` |\n", r.Service, r.Name, r.Page, r.Code)
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(before+start+want.String()+end+after), 0o644))
		return
	}
	assert.Equal(t, want.String(), written, "run go test ./cmd/localcloud/internal/front/rules -update")
}
