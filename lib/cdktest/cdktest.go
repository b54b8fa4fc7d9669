// Package cdktest supports tests of infrastructure: it shares one jsii process among the tests of a package, loads the context of cdk.json,
// skips the compilation of functions, turns panics into test failures, and compares templates with golden files.
package cdktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"connectedcar/lib/gobuild"
)

// Main runs a package's tests with one jsii process, and ends the process. Call Main from TestMain. Tests that use jsii must not run in
// parallel.
func Main(m *testing.M) {
	_ = os.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// Context returns the context of cdk.json.
func Context(t testing.TB) map[string]any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(Root(t), "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatalf("cdk.json: %v", err)
	}
	return file.Context
}

// Root returns the folder of the repository's go.mod.
func Root(t testing.TB) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	root, err := gobuild.Root(here)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// App returns an app with the context of cdk.json, overridden by over. Functions are not compiled.
func App(t testing.TB, over map[string]any) awscdk.App {
	t.Helper()
	context := Context(t)
	maps.Copy(context, over)
	context["aws:cdk:bundling-stacks"] = []string{}
	return awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: jsii.String(t.TempDir())})
}

// Stack returns a stack for a construct under test.
func Stack(t testing.TB) awscdk.Stack {
	t.Helper()
	return awscdk.NewStack(App(t, nil), jsii.String("test"), nil)
}

// Check fails the test if f panics: jsii reports errors as panics.
func Check(t testing.TB, f func()) {
	t.Helper()
	if problem := Panic(f); problem != "" {
		t.Fatal(problem)
	}
}

// Panic returns the value that f panics with as text; empty if f does not panic.
func Panic(f func()) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
