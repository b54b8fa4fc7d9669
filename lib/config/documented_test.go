package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

// TestEverySettingIsDocumented compares the table of docs/settings.md with the settings in the code: no setting is missing, and none in the
// table was removed from the code.
func TestEverySettingIsDocumented(t *testing.T) {
	_, err := config.Load(context(t, `{"dev": {"none": 1}}`, map[string]any{"env": "dev"}), ".")
	require.Error(t, err)
	_, after, found := strings.Cut(err.Error(), "allowed are ")
	require.True(t, found, "the error names all settings: %v", err)
	line, _, _ := strings.Cut(after, "\n")
	settings := strings.Split(line, ", ")
	require.Greater(t, len(settings), 30)

	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "settings.md"))
	require.NoError(t, err)
	var documented []string
	for row := range strings.Lines(string(page)) {
		if cells := strings.Split(row, "|"); len(cells) > 3 {
			for _, m := range regexp.MustCompile("`([a-zA-Z]+)`").FindAllStringSubmatch(cells[1], -1) {
				documented = append(documented, m[1])
			}
		}
	}
	assert.ElementsMatch(t, settings, documented)
}
