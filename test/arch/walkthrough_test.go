package arch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	followed = regexp.MustCompile("`git grep -lE '([^']+)'`")
	place    = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")
)

// unlisted matches files that a walkthrough need not list: they fail by themselves, are generated, or are documents and checks of the
// running platform that only use the example.
var unlisted = regexp.MustCompile(`_test\.go$|\.gen\.go$|/testdata/|^docs/contributing\.md$|^docs/decisions/|^cmd/localcloud/internal/smoke/|^internal/testing/|^console/web/(dist/app|src/app/contract)/|^CHANGELOG\.md$`)

// made are folders of generated files.
var made = []string{"node_modules", "cdk.out", "target"}

// TestWalkthroughsListEveryPlace compares each table of docs/contributing.md with the source files that mention the example in that
// walkthrough.
func TestWalkthroughsListEveryPlace(t *testing.T) {
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "contributing.md"))
	require.NoError(t, err)
	walkthroughs := 0
	for _, chapter := range strings.Split(string(page), "\n## ")[1:] {
		example := followed.FindStringSubmatch(chapter)
		if example == nil {
			continue
		}
		walkthroughs++
		title, _, _ := strings.Cut(chapter, "\n")
		t.Run(title, func(t *testing.T) {
			var listed []string
			for _, m := range place.FindAllStringSubmatch(chapter, -1) {
				listed = append(listed, m[1])
			}
			assert.ElementsMatch(t, naming(t, root, example[1]), listed, "the table lists other files than those that name the example")
		})
	}
	assert.Equal(t, 4, walkthroughs)
}

// naming lists the source files that match the pattern.
func naming(t *testing.T, root, pattern string) (files []string) {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains(made, d.Name())):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil || unlisted.MatchString(filepath.ToSlash(name)) {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && expression.Match(text) {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	}))
	return files
}
