package arch_test

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// judged are the fields of a grant from which code could decide itself whether the grant is valid.
var judged = map[string]bool{"GrantedBy": true, `"grantedBy"`: true}

// TestOnlyHoldsJudgesAGrant requires every user of grants to call ownership.Grant.Holds. Copies of the rule drift apart: one forgot that a
// grant ends with its owner's ownership. A store may read and write the field; only Holds may compare it.
func TestOnlyHoldsJudgesAGrant(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasSuffix(f.name, "internal/domain/ownership/grant.go") || strings.HasSuffix(f.name, "internal/testing/memory/ownership.go") {
			continue // PutGrant in memory has the condition of DynamoDB's transaction
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
