package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parsedFile is a parsed file with its positions.
type parsedFile struct {
	*ast.File
	set *token.FileSet
}

// parse parses a file, or the text if it is not nil.
func parse(t *testing.T, name string, text any) parsedFile {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.ParseComments)
	require.NoError(t, err)
	return parsedFile{file, set}
}

// Imports are in three groups, separated by blank lines: the standard library, other modules, this module.
func TestImportsStandInOneOrder(t *testing.T) {
	walkGo(t, func(name string) {
		f := parse(t, name, nil)
		if out := outOfOrder(f); out != "" && !ast.IsGenerated(f.File) {
			assert.Fail(t, "imports out of order", "%s: %s; allowed are the standard library, other modules and this one, "+
				"each sorted, with a blank line between", name, out)
		}
	})
}

func TestTheOrderOfImportsIsNoticed(t *testing.T) {
	for name, tc := range map[string]struct{ imports, want string }{
		"three groups":               {"\"fmt\"\n\"os\"\n\n\"github.com/a/b\"\n\n\"connectedcar/internal/vin\"", ""},
		"a group less":               {"\"fmt\"\n\n\"connectedcar/internal/vin\"", ""},
		"this module before another": {"\"connectedcar/internal/vin\"\n\n\"github.com/a/b\"", "github.com/a/b"},
		"two groups without a line":  {"\"fmt\"\n\"github.com/a/b\"", "github.com/a/b"},
		"a group in two":             {"\"fmt\"\n\n\"os\"", "os"},
		"unsorted":                   {"\"os\"\n\"fmt\"", "fmt"},
		"a name does not count":      {"\"a\"\nz \"b\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, outOfOrder(parse(t, "p.go", "package p\n\nimport (\n"+tc.imports+"\n)\n")))
		})
	}
}

// outOfOrder is the first import in the wrong group or order; empty if there is none.
func outOfOrder(f parsedFile) string {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		last, lastLine, lastGroup := "", 0, -1
		for _, s := range g.Specs {
			spec := s.(*ast.ImportSpec)
			at, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return spec.Path.Value
			}
			line, group := f.set.Position(spec.Pos()).Line, groupOf(at)
			blank := line - lastLine - 1
			switch {
			case lastGroup < 0:
			case group < lastGroup, group == lastGroup && (blank != 0 || at < last), group > lastGroup && blank != 1:
				return at
			}
			last, lastLine, lastGroup = at, line, group
		}
	}
	return ""
}

func groupOf(at string) int {
	switch {
	case at+"/" == module || strings.HasPrefix(at, module):
		return 2
	case strings.Contains(strings.SplitN(at, "/", 2)[0], "."):
		return 1
	}
	return 0
}
