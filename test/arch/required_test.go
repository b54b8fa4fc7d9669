package arch_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// promise matches the sentence in a struct's comment that this test enforces for literals of the struct.
var promise = regexp.MustCompile(`All fields are required(?: but ((?:\w+)(?:(?:, | and )\w+)*))?[.:]`)

// goFile is a parsed file of the module, without tests.
type goFile struct {
	*ast.File
	folder string // below the module's root, with slashes
	name   string
}

func sources(t *testing.T) []goFile {
	t.Helper()
	root, files := filepath.Join("..", ".."), []goFile(nil)
	for _, tree := range []string{"internal", "lambdas", "cmd"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, tree), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			below, err := filepath.Rel(root, name)
			files = append(files, goFile{File: file, folder: filepath.ToSlash(filepath.Dir(below)), name: below})
			return err
		}))
	}
	return files
}

// requiredFields are the exported fields that literals of a struct must set, by folder and name of the struct.
func requiredFields(files []goFile) map[string][]string {
	required := map[string][]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				structure, ok := spec.Type.(*ast.StructType)
				kept := promise.FindStringSubmatch(strings.ReplaceAll(g.Doc.Text(), "\n", " "))
				if ok && kept != nil {
					required[f.folder+"."+spec.Name.Name] = exported(structure, strings.FieldsFunc(kept[1], func(r rune) bool { return r == ',' || r == ' ' }))
				}
			}
		}
	}
	return required
}

func exported(s *ast.StructType, but []string) []string {
	var fields []string
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			embedded, _ := strings.CutPrefix(fmt.Sprint(nameOf(f.Type)), "*")
			fields = append(fields, embedded)
		}
		for _, n := range f.Names {
			fields = append(fields, n.Name)
		}
	}
	return slices.DeleteFunc(fields, func(f string) bool { return !ast.IsExported(f) || slices.Contains(but, f) })
}

// nameOf is the last part of a qualified type name.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// structOf is the folder and name of a literal's struct; empty for a struct of another module.
func (f goFile) structOf(literal *ast.CompositeLit) string {
	switch kind := literal.Type.(type) {
	case *ast.Ident:
		return f.folder + "." + kind.Name
	case *ast.SelectorExpr:
		from, _ := kind.X.(*ast.Ident)
		for _, i := range f.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			folder, ours := own(imported)
			if name := path.Base(imported); ours && from != nil && (i.Name == nil && name == from.Name || i.Name != nil && i.Name.Name == from.Name) {
				return folder + "." + kind.Sel.Name
			}
		}
	}
	return ""
}

// missing returns the required fields that a literal does not set.
func missing(literal *ast.CompositeLit, required []string) []string {
	if len(literal.Elts) == 0 {
		return nil // a zero value, returned with an error
	}
	left := slices.Clone(required)
	for _, e := range literal.Elts {
		pair, keyed := e.(*ast.KeyValueExpr)
		if !keyed {
			return nil // without field names: the compiler requires all fields
		}
		left = slices.DeleteFunc(left, func(f string) bool { return f == nameOf(pair.Key) })
	}
	return left
}

// A forgotten dependency is a nil pointer at the first request or message that uses it, which unit tests do not notice.
func TestLiteralsSetTheFieldsThatAreRequired(t *testing.T) {
	files := sources(t)
	required := requiredFields(files)
	used := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f.File, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			name := f.structOf(literal)
			if fields, ok := required[name]; ok {
				used[name] = true
				assert.Empty(t, missing(literal, fields), "%s: a literal of %s leaves them out", f.name, name)
			}
			return true
		})
	}
	for name := range required {
		assert.True(t, used[name], "%s says that all fields are required, and nothing makes one", name)
	}
	assert.Contains(t, used, "internal/httpapi.API")
}

func TestALiteralWithoutARequiredFieldIsFound(t *testing.T) {
	const text = `package lambda
		import "connectedcar/internal/httpapi"
		// T has ports. All fields are required but Log.
		type T struct { A, B int; *E; Log int; own int }
		var ok = T{A: 1, B: 2, E: nil}
		var short = &T{A: 1}
		var api = httpapi.API{Me: nil}`
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", text, parser.ParseComments)
	require.NoError(t, err)
	f := goFile{File: file, folder: "lambdas/x"}
	required := requiredFields([]goFile{f})
	assert.Equal(t, map[string][]string{"lambdas/x.T": {"A", "B", "E"}}, required)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.CompositeLit); ok {
			found = append(found, f.structOf(literal)+fmt.Sprint(missing(literal, required[f.structOf(literal)])))
		}
		return true
	})
	assert.Equal(t, []string{"lambdas/x.T[]", "lambdas/x.T[B E]", "internal/httpapi.API[]"}, found)
}
