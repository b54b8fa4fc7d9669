package arch_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The console has a name for every kind of alert about a car, in each language. It would show a kind without a name as its key.
func TestTheConsoleNamesEveryKindOfAlertAboutACar(t *testing.T) {
	root := filepath.Join("..", "..")
	names, err := os.ReadFile(filepath.Join(root, "console", "web", "src", "app", "alerts", "kinds.ts"))
	require.NoError(t, err)
	kinds := carKinds(t, filepath.Join(root, "internal", "domain", "alert", "kind.go"))
	assert.Greater(t, len(kinds), 10)
	for _, kind := range kinds {
		assert.Contains(t, string(names), "\n  "+kind+": $localize`", "kinds.ts has no name for the kind")
	}
}

// carKinds returns the values of the constants in the first group of kind.go: the kinds of alerts about a car.
func carKinds(t *testing.T, name string) (kinds []string) {
	t.Helper()
	for _, d := range parse(t, name, nil).Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Doc.Text() == "" || len(group.Specs) < 2 {
			continue
		}
		for _, s := range group.Specs {
			value, err := strconv.Unquote(s.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			kinds = append(kinds, value)
		}
		return kinds
	}
	return nil
}
