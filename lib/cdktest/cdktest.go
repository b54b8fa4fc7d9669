// Package cdktest is for tests of infrastructure: one jsii process for all tests of a package, the context of cdk.json, no
// compiling of functions, failures instead of panics, and templates compared with accepted ones.
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

// Main runs a package's tests with one jsii process, and ends it. Call it from TestMain. Tests that use jsii are never parallel.
func Main(m *testing.M) {
	_ = os.Setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// Context is the context of cdk.json.
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

// Root is the repository's root.
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

// App is an app with the context of cdk.json and over it the one given. Functions are not compiled.
func App(t testing.TB, over map[string]any) awscdk.App {
	t.Helper()
	context := Context(t)
	maps.Copy(context, over)
	context["aws:cdk:bundling-stacks"] = []string{}
	return awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: jsii.String(t.TempDir())})
}

// Stack is a stack to put a construct under test in.
func Stack(t testing.TB) awscdk.Stack {
	t.Helper()
	return awscdk.NewStack(App(t, nil), jsii.String("test"), nil)
}

// Check fails the test if f panics: jsii reports errors so.
func Check(t testing.TB, f func()) {
	t.Helper()
	if problem := Panic(f); problem != "" {
		t.Fatal(problem)
	}
}

// Panic returns the value that f panics with, or nothing.
func Panic(f func()) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
