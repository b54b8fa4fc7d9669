package arch_test

import (
	"go/ast"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A comment names its subject with a noun of the field. "Timeout is how long a run may take" hides the noun in a clause; "Timeout limits a
// run" does not. mostClauses may only fall.
const mostClauses = 5

// leastSourced is the minimum share of comments with a link or a specification.
const leastSourced = 0.03

var (
	clause = regexp.MustCompile(`\b(?:is|are|was|were) (?:what|how|who|whom|whose|where|when|whether|which|whoever)\b`)
	source = regexp.MustCompile(`https?://|\b(?:RFC|ISO|SAE|VSS|MQTT|UNECE|NIST|OWASP|CWE|PKCS|X\.509|IANA|WCAG) ?-?[0-9]|\bISO \d|\b(?:API [A-Z]\w+|[A-Z]\w+ quotas|developer guide|Developer Guide|user guide|service authorization reference)\b|\[MQTT-`)
)

// walkGo visits the module's Go files.
func walkGo(t *testing.T, visit func(name string)) {
	t.Helper()
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "cdk.out"):
			return filepath.SkipDir
		case !d.IsDir() && filepath.Ext(path) == ".go":
			visit(path)
		}
		return nil
	}))
}

// comments returns the comments of the module's sources, each joined to one line, by "file:line". Generated files are left out.
func comments(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	walkGo(t, func(name string) {
		file := parse(t, name, nil)
		if ast.IsGenerated(file.File) {
			return
		}
		for _, group := range file.Comments {
			all[file.set.Position(group.Pos()).String()] = strings.Join(strings.Fields(group.Text()), " ")
		}
	})
	return all
}

func TestCommentsNameTheThing(t *testing.T) {
	var found []string
	for at, text := range comments(t) {
		for _, c := range clause.FindAllString(text, -1) {
			found = append(found, at+": "+c)
		}
	}
	assert.LessOrEqual(t, len(found), mostClauses, "a comment names the thing with a noun:\n%s", strings.Join(found, "\n"))
}

func TestCommentsNameTheirSources(t *testing.T) {
	all, sourced := comments(t), 0
	for _, text := range all {
		if source.MatchString(text) {
			sourced++
		}
	}
	require.NotEmpty(t, all)
	share := float64(sourced) / float64(len(all))
	t.Logf("%d of %d comments name a link or a specification: %.1f %%", sourced, len(all), 100*share)
	assert.GreaterOrEqual(t, share, leastSourced)
}
