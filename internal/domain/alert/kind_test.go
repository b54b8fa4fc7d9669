package alert_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
)

// constants returns the values of the constants of type Kind in the package's source.
func constants(t *testing.T) []alert.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	require.NoError(t, err)
	var kinds []alert.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Kind" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			require.NoError(t, err)
			kinds = append(kinds, alert.Kind(text))
		}
		return true
	})
	return kinds
}

func TestEveryKindHasAPolicy(t *testing.T) {
	kinds := constants(t)
	assert.ElementsMatch(t, alert.Kinds(), kinds)
	for _, k := range kinds {
		p, ok := k.Policy()
		require.True(t, ok, "%s has no policy", k)
		assert.NotEmpty(t, p.Title, k)
		assert.True(t, p.Severity.Known(), k)
		assert.Positive(t, p.Cooldown, k)
	}
	_, ok := alert.Kind("unheard_of").Policy()
	assert.False(t, ok)
}
