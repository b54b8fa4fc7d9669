// Package arch holds the repository to its import graph: entry points -> helpers and adapters -> domain -> fault, contract, and
// infrastructure apart from all of it.
package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// domain are the packages that hold what the platform knows of cars, and import the standard library and each other only.
var domain = []string{
	"alert", "anomaly", "certificate", "command", "contract", "diagnostic", "dtc", "fault", "finding", "health", "ingest", "lake", "iot/policy", "metric", "ownership", "page", "preference", "presence", "realtime", "registration", "role", "telemetry", "trip", "vehicle", "vin",
}

// engines are domain packages that may also use the named modules.
var engines = map[string][]string{
	"iot/sql": {"github.com/alecthomas/participle/v2"}, // the grammar of the rules' SQL
	"access":  {"github.com/cedar-policy/cedar-go"},    // the language of the authorisation policies
}

// bottom are the domain packages that import no other.
var bottom = []string{"contract", "fault", "page", "vin"}

// forTests are the packages that only tests may import.
var forTests = []string{"internal/storetest", "lib/cdktest", "test"}

// jsiiFree are the parts of lib that must build without Node's packages.
var jsiiFree = []string{"lib/config", "lib/policy", "lib/gobuild"}

// infrastructure are the modules that reach awscdk.
var infrastructure = []string{"github.com/aws/aws-cdk-go", "github.com/aws/jsii-runtime-go", "github.com/aws/constructs-go", "github.com/cdklabs"}

// pkg is a package of the module, its path without the module's name.
type pkg struct {
	path    string
	imports []string // direct
	tests   []string // direct, of its tests only
	deps    []string // everything that its binary would hold
}

// packages is the module, with the build tags that its tests use.
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

// visit opens every folder of source. `go test` takes a cached result if nothing changed that the test opened; what `go list`
// opened it does not know.
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

// under reports whether path is one of the trees or within one.
func under(path string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool { return path == tree || strings.HasPrefix(path, tree+"/") })
}

// own is the path of an import within the module; ok is false if it is elsewhere.
func own(path string) (string, bool) { return strings.CutPrefix(path, module) }

// entry is the program that a package belongs to, such as lambdas/jitr; ok is false if it belongs to none.
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

func TestDomainImportsOnlyTheStandardLibraryAndItself(t *testing.T) {
	found := 0
	for _, p := range packages(t) {
		name, inside := strings.CutPrefix(p.path, "internal/")
		_, engine := engines[name]
		if !inside || !engine && !under(name, domain...) {
			continue
		}
		found++
		for _, i := range p.imports {
			path, ours := own(i)
			if !ours {
				assert.True(t, standard(i) || under(i, engines[name]...), "%s imports %s: the domain imports the standard library", p.path, i)
				continue
			}
			imported := strings.TrimPrefix(path, "internal/")
			assert.True(t, under(imported, domain...), "%s imports %s: the domain imports the domain", p.path, path)
			assert.False(t, under(name, bottom...), "%s imports %s: it is the bottom", p.path, path)
		}
	}
	assert.GreaterOrEqual(t, found, len(domain)+len(engines), "every package named here exists")
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.imports {
			path, ours := own(i)
			if !ours {
				continue
			}
			program, isEntry := entry(path)
			switch {
			case isEntry:
				assert.True(t, under(p.path, program), "%s imports %s: nothing imports an entry point", p.path, path)
			case under(path, "lib"):
				assert.True(t, under(p.path, "lib", "bin", "test"), "%s imports %s: only bin imports lib", p.path, path)
			case under(path, forTests...):
				assert.True(t, under(p.path, "test"), "%s imports %s: only tests may", p.path, path)
			case under(p.path, "lib"):
				assert.Contains(t, []string{"internal/contract", "analytics", "api"}, path, "%s imports %s: lib imports names, the API's contract and the analysts' questions alone", p.path, path)
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

func TestOnlyAWSXLoadsTheSDKsConfiguration(t *testing.T) {
	const config = "github.com/aws/aws-sdk-go-v2/config"
	found := false
	for _, p := range packages(t) {
		if slices.Contains(p.imports, config) {
			found = true
			assert.Equal(t, "internal/awsx", p.path, "%s loads the SDK's configuration: awsx does", p.path)
		}
	}
	assert.True(t, found)
}
