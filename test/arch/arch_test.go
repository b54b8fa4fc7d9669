// Package arch checks the repository's import graph against a table of paths: programs -> adapters and helpers -> domain -> bottom, with
// the infrastructure separate from all of them.
package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "connectedcar/"

// A row defines the imports of this module that packages below a path may use. The longest matching path determines a package's row. A
// package without a row fails, so that each new folder is placed deliberately.
type row struct {
	path string
	// may are the importable trees of this module. A package may always import packages below its own row's path, unless the row is apart.
	may []string
	// apart forbids imports between the packages of the row.
	apart bool
	// modules are the third-party modules that the row may import; nil allows all.
	modules []string
}

// bottom are the packages that every layer may import.
var bottom = []string{"internal/names", "internal/errs", "internal/paging", "internal/vin", "internal/keyfile"}

// none is an empty list of modules: only the standard library is allowed.
var none = []string{}

// layers are the rows of the repository, from the bottom layer to the programs.
var layers = []row{
	{path: "internal/names", modules: none},
	{path: "internal/errs", modules: none},
	{path: "internal/paging", modules: none},
	{path: "internal/vin", modules: none},
	{path: "internal/keyfile", modules: none},
	{path: "internal/domain", may: bottom, modules: none},
	{path: "internal/domain/authz", may: bottom, modules: []string{"github.com/cedar-policy/cedar-go"}},
	{path: "internal/token", may: with(bottom, "internal/domain")},
	{path: "internal/aws", may: with(bottom, "internal/domain", "internal/aws/awsconfig"), apart: true},
	{path: "internal/aws/awsconfig", may: bottom},
	{path: "internal/aws/cognito", may: with(bottom, "internal/domain", "internal/aws/awsconfig", "internal/token")},
	{path: "internal/runtime", may: with(bottom, "internal/domain")},
	{path: "internal/httpapi", may: with(bottom, "internal/domain", "internal/runtime", "internal/token", "api")},
	{path: "internal/platform", may: bottom},
	{path: "internal/twin", may: with(bottom, "internal/domain", "internal/aws/awsconfig")},
	{path: "internal/device", may: with(bottom, "internal/domain", "internal/aws/awsconfig")},
	{path: "internal/tool", may: with(bottom, "internal/domain", "internal/aws/awsconfig", "internal/platform")},
	{path: "internal/tool/allowlist", may: with(bottom, "internal/domain", "internal/aws/dynamodb")},
	{path: "internal/tool/readback", may: with(bottom, "internal/domain", "internal/aws/dynamodb")},
	{path: "internal/tool/devusers", may: with(bottom, "internal/domain", "internal/platform", "internal/aws/cognito")},
	{path: "internal/tool/testcar", may: with(bottom, "internal/device", "internal/platform")},
	{path: "internal/tool/signin", may: with(bottom, "internal/token")},
	{path: "internal/testing", may: with(bottom, "internal/domain", "internal/aws/awsconfig")},
	{path: "api", modules: none},
	{path: "analytics", modules: none},
	{path: "lib", may: []string{"internal/names", "analytics", "api"}},
	{path: "lambdas", may: []string{"internal"}},
	{path: "cmd", may: []string{"internal", "analytics"}},
	{path: "console/server", may: with(bottom, "internal/domain", "internal/aws", "internal/runtime", "internal/token", "internal/tool/signin", "api", "console/web")},
	{path: "console/web", modules: none},
	{path: "bin", may: []string{"lib", "internal/names"}},
	{path: "test", may: []string{"internal", "lib", "analytics", "api"}},
}

func with(trees []string, more ...string) []string { return slices.Concat(trees, more) }

// rowOf finds the row of a package; ok is false if no row names it.
func rowOf(rows []row, path string) (found row, ok bool) {
	for _, r := range rows {
		if under(path, r.path) && len(r.path) >= len(found.path) {
			found, ok = r, true
		}
	}
	return found, ok
}

// verdict returns the reason why the package may not import the other; empty if it may.
func verdict(rows []row, p, imported string) string {
	r, ok := rowOf(rows, p)
	if !ok {
		return "no row of layers names it: place it"
	}
	path, ours := own(imported)
	switch {
	case standard(imported), !ours && (r.modules == nil || under(imported, r.modules...)):
		return ""
	case !ours:
		return r.path + " may use the standard library and " + fmt.Sprint(r.modules)
	case under(path, r.may...), !r.apart && under(path, r.path):
		return ""
	}
	return fmt.Sprintf("%s may import %v", r.path, r.may)
}

// forTests are the packages that only tests may import.
var forTests = []string{"internal/testing", "lib/cdktest", "test"}

// jsiiFree are the parts of lib that must build without Node.js packages.
var jsiiFree = []string{"lib/config", "lib/policy", "lib/gobuild"}

// infrastructure are the modules of the CDK.
var infrastructure = []string{"github.com/aws/aws-cdk-go", "github.com/aws/jsii-runtime-go", "github.com/aws/constructs-go", "github.com/cdklabs"}

// pkg is a package of the module; its path omits the module's name.
type pkg struct {
	path    string
	imports []string // direct imports
	tests   []string // direct imports of its tests only
	deps    []string // all packages that its binary would contain
}

// packages lists the module's packages, with the build tags of its tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	visit(t)
	all, err := list()
	require.NoError(t, err)
	require.Greater(t, len(all), 20, "the list is of the whole module")
	return all
}

var list = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-tags", "integration", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	cmd.Dir = filepath.Join("..", "..")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var all []pkg
	for decoder := json.NewDecoder(&stdout); ; {
		var in struct {
			ImportPath                               string
			Imports, TestImports, XTestImports, Deps []string
		}
		err := decoder.Decode(&in)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, pkg{
			path: strings.TrimPrefix(in.ImportPath, module), imports: in.Imports, deps: in.Deps,
			tests: append(in.TestImports, in.XTestImports...),
		})
	}
})

// visit opens every source folder. `go test` reuses a cached result if no file that the test opened has changed, and it does not see the
// files that the child process `go list` opens.
func visit(t *testing.T) {
	t.Helper()
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "cdk.out") {
			return filepath.SkipDir
		}
		return err
	}))
}

// under reports whether path is one of the trees or below one.
func under(path string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return path == tree || strings.HasPrefix(path, tree+"/") })
}

// own is an import path without the module's name; ok is false for another module.
func own(path string) (string, bool) { return strings.CutPrefix(path, module) }

// entry is the program that a package belongs to, such as lambdas/registration; ok is false if it belongs to none.
func entry(path string) (program string, ok bool) {
	elements := strings.Split(path, "/")
	return strings.Join(elements[:min(2, len(elements))], "/"), slices.Contains([]string{"bin", "cmd", "lambdas", "test"}, elements[0])
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	_, ours := own(path)
	return !ours && !strings.Contains(first, ".")
}

func TestOnlyLibAndBinImportTheCDK(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		for _, i := range slices.Concat(p.imports, p.tests) {
			if !under(i, infrastructure...) {
				continue
			}
			seen++
			assert.True(t, under(p.path, "lib", "bin", "test/snapshot"), "%s imports %s: infrastructure belongs in lib", p.path, i)
		}
	}
	assert.Positive(t, seen, "nobody imports the CDK: this test looks for the wrong names")
}

func TestNoProgramButTheAppReachesTheCDK(t *testing.T) {
	programs := 0
	for _, p := range packages(t) {
		if !under(p.path, "lambdas", "cmd", "internal", "console", "edge") {
			continue
		}
		programs++
		for _, d := range p.deps {
			path, _ := own(d)
			assert.False(t, under(d, infrastructure...) || under(path, "lib", "bin"), "%s reaches %s", p.path, d)
		}
	}
	assert.Positive(t, programs)
}

func TestLambdasHoldNothingForTests(t *testing.T) {
	for _, p := range packages(t) {
		for _, d := range p.deps {
			path, _ := own(d)
			if under(p.path, "lambdas", "cmd", "bin") {
				assert.False(t, under(d, "github.com/stretchr/testify", "testing") || under(path, forTests...), "%s holds %s", p.path, d)
			}
		}
	}
}

func TestEveryImportStaysWithinItsLayer(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		r, ok := rowOf(layers, p.path)
		assert.True(t, ok, "%s: no row of layers names it: place it", p.path)
		seen[r.path] = true
		for _, i := range p.imports {
			assert.Empty(t, verdict(layers, p.path, i), "%s imports %s", p.path, i)
		}
	}
	for _, r := range layers {
		assert.True(t, seen[r.path], "the row %s has no package", r.path)
	}
}

// doors is the maximum number of folders directly below each tree, so that readers can find a package; new code belongs into an existing
// folder.
var doors = map[string]int{"internal": 15, "lib": 18}

func TestTheTreesHaveFewDoors(t *testing.T) {
	found := map[string]map[string]bool{}
	for _, p := range packages(t) {
		elements := strings.Split(p.path, "/")
		if tree := elements[0]; doors[tree] > 0 && len(elements) > 1 {
			if found[tree] == nil {
				found[tree] = map[string]bool{}
			}
			found[tree][elements[1]] = true
		}
	}
	for tree, most := range doors {
		names := slices.Sorted(maps.Keys(found[tree]))
		assert.NotEmpty(t, names, "%s has no packages", tree)
		assert.LessOrEqual(t, len(names), most, "%s has the doors %v: place a new package below one of them", tree, names)
		t.Logf("%s has %d doors, at most %d", tree, len(names), most)
	}
}

func TestTheTableRefuses(t *testing.T) {
	for name, c := range map[string]struct{ path, imported, reason string }{
		"an SDK in the domain":            {"internal/domain/alert", "github.com/aws/aws-sdk-go-v2/aws", "standard library"},
		"cedar outside of authz":          {"internal/domain/vehicle", "github.com/cedar-policy/cedar-go", "standard library"},
		"the bottom importing the bottom": {"internal/vin", module + "internal/errs", "may import"},
		"an adapter importing another":    {"internal/aws/sqs", module + "internal/aws/sns", "may import"},
		"the domain importing an adapter": {"internal/domain/trip", module + "internal/aws/sqs", "may import"},
		"infrastructure with the domain":  {"lib/ingest", module + "internal/domain/trip", "may import"},
		"a package that has no place":     {"internal/util", "fmt", "no row"},
		"a new top-level folder":          {"helpers", "fmt", "no row"},
	} {
		t.Run(name, func(t *testing.T) { assert.Contains(t, verdict(layers, c.path, c.imported), c.reason) })
	}
	assert.Empty(t, verdict(layers, "internal/domain/trip", module+"internal/domain/telemetry"), "the domain imports the domain")
}

func TestNothingImportsAProgramOrAHelperOfTests(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.imports {
			path, ours := own(i)
			if !ours {
				continue
			}
			if program, isEntry := entry(path); isEntry {
				assert.True(t, under(p.path, program), "%s imports %s: nothing imports a program", p.path, path)
			}
			if under(path, forTests...) {
				assert.True(t, under(p.path, forTests...), "%s imports %s: only tests may", p.path, path)
			}
		}
	}
}

func TestWhatMustBuildWithoutJSII(t *testing.T) {
	found := 0
	for _, p := range packages(t) {
		if !under(p.path, jsiiFree...) {
			continue
		}
		found++
		for _, d := range p.deps {
			assert.False(t, under(d, infrastructure...), "%s reaches %s", p.path, d)
		}
	}
	assert.GreaterOrEqual(t, found, len(jsiiFree))
}

func TestOnlyAWSConfigLoadsTheSDKsConfiguration(t *testing.T) {
	const config = "github.com/aws/aws-sdk-go-v2/config"
	found := false
	for _, p := range packages(t) {
		if slices.Contains(p.imports, config) {
			found = true
			assert.Equal(t, "internal/aws/awsconfig", p.path, "%s loads the SDK's configuration: awsconfig does", p.path)
		}
	}
	assert.True(t, found)
}
