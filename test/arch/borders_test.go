package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/message"
)

// makers are the types of what is known to be true, each with the places that fill it in, because it has checked. All other
// code can hand such a value on, and cannot make one of what a car or a person said.
var makers = map[string][]string{
	"authz.Principal": {"internal/token/"}, // who a token is of, after its signature, times and audience
	// Who asks about which car, after the policies; and an owner, for each car of a list of their own.
	"httpapi.Visit":   {"internal/httpapi/guard.go", "internal/httpapi/alerts.go"},
	"message.Stamped": {"internal/domain/message/"}, // a message with the stamps of its rule
}

func TestWhatIsKnownIsMadeWhereItIsChecked(t *testing.T) {
	made := map[string]int{}
	walkGo(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/testing/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) == 0 { // a zero value claims nothing
				return true
			}
			name := typeName(file.Name.Name, literal.Type)
			if allowed, held := makers[name]; held {
				made[name]++
				here := slices.ContainsFunc(allowed, func(place string) bool { return strings.Contains(path, place) })
				assert.True(t, here, "%s makes a %s: allowed are %v", path, name, allowed)
			}
			return true
		})
	})
	assert.Positive(t, made["authz.Principal"])
	assert.Positive(t, made["httpapi.Visit"])
}

// typeName is the type of a literal with its package's name.
func typeName(pkg string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return pkg + "." + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// The compiler holds this border: with fields of its own alone, no other package can make stamps of what a car said.
func TestStampsHaveNoFieldForOthers(t *testing.T) {
	stamps := reflect.TypeFor[message.Stamps]()
	require.Positive(t, stamps.NumField())
	for field := range stamps.Fields() {
		assert.False(t, field.IsExported(), "message.Stamps.%s: whoever can write it can make a car's word the platform's", field.Name)
	}
	sent := reflect.TypeFor[message.Sent]()
	assert.False(t, sent.ConvertibleTo(stamps))
}
