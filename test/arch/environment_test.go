package arch_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// readers may read environment variables directly: AWS's own variables, and the tests' emulator. All other code uses internal/runtime/env
// or a function parameter.
var readers = []string{"internal/aws/awsconfig", "internal/testing"}

func TestPackagesAndFunctionsReadTheEnvironmentInOneWay(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.folder, "cmd/") || slices.ContainsFunc(readers, func(r string) bool { return strings.HasPrefix(f.folder, r) }) {
			continue
		}
		for _, name := range readsEnvironment(f.File) {
			assert.Fail(t, "reads the environment by itself", "%s calls os.%s; allowed is a reader of internal/runtime/env", f.name, name)
		}
	}
}

// readsEnvironment returns the calls of package os that read a variable.
func readsEnvironment(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := method.X.(*ast.Ident); ok && pkg.Name == "os" && slices.Contains([]string{"Getenv", "LookupEnv", "Environ"}, method.Sel.Name) {
			found = append(found, method.Sel.Name)
		}
		return true
	})
	return found
}
