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

// makers are types whose values are trusted because they were checked, each with the places that may create values. All other code can pass
// such a value on, but cannot create one from unchecked input.
var makers = map[string][]string{
	"authz.Principal": {"internal/token/"}, // the user of a token, after the check of its signature, times and audience
	// The caller and the car, after authorization; or an owner, for each car in the owner's own list.
	"httpapi.Visit":   {"internal/httpapi/guard.go", "internal/httpapi/alerts.go"},
	"message.Stamped": {"internal/domain/message/"}, // a message with the stamps that a rule added
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
			if !ok || len(literal.Elts) == 0 { // a zero value makes no claim
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

// typeName is the name of a literal's type, qualified with its package.
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

// The compiler enforces this border: all fields of stamps are unexported, so no other package can create stamps from a car's input.
func TestStampsHaveNoFieldForOthers(t *testing.T) {
	stamps := reflect.TypeFor[message.Stamps]()
	require.Positive(t, stamps.NumField())
	for field := range stamps.Fields() {
		assert.False(t, field.IsExported(), "message.Stamps.%s: whoever can write it can make a car's word the platform's", field.Name)
	}
	sent := reflect.TypeFor[message.Sent]()
	assert.False(t, sent.ConvertibleTo(stamps))
}
