package arch_test

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// judged has the fields of a grant by which a reader could judge for itself whether the grant holds.
var judged = map[string]bool{"GrantedBy": true, `"grantedBy"`: true}

// TestOnlyHoldsJudgesAGrant holds every reader of grants to ownership.Grant.Holds: of several copies of the rule, one forgot that a grant
// ends with its owner. A store may read and write the field; comparing it is Holds' alone.
func TestOnlyHoldsJudgesAGrant(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasSuffix(f.name, "internal/domain/ownership/grant.go") || strings.HasSuffix(f.name, "internal/testing/memory/ownership.go") {
			continue // memory's PutGrant has the condition that DynamoDB has in its transaction
		}
		assert.Empty(t, comparisons(f.File), "%s compares a grant's owner: ask ownership.Grant.Holds", f.name)
	}
}

func comparisons(file *ast.File) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || b.Op != token.EQL && b.Op != token.NEQ {
			return true
		}
		for _, side := range []ast.Expr{b.X, b.Y} {
			ast.Inspect(side, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					if judged[n.Name] {
						found = append(found, n.Name)
					}
				case *ast.BasicLit:
					if judged[n.Value] {
						found = append(found, n.Value)
					}
				}
				return true
			})
		}
		return true
	})
	return found
}
