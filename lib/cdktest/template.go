package cdktest

import (
	"cmp"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// Template is the CloudFormation template of a stack.
type Template struct {
	Stack     string // the stack's name
	Protected bool   // the stack has termination protection
	Raw       []byte
	Resources map[string]Resource
	Outputs   map[string]any
}

// Resource is one resource of a template.
type Resource struct {
	Type           string
	Properties     map[string]any
	DeletionPolicy string
	Metadata       map[string]any
}

// OfType returns the resources of that type by logical id.
func (t Template) OfType(typ string) map[string]Resource {
	out := maps.Clone(t.Resources)
	maps.DeleteFunc(out, func(_ string, r Resource) bool { return r.Type != typ })
	return out
}

// Synth synthesises the app and returns the templates of all its stages, ordered by stack name.
func Synth(t testing.TB, app awscdk.App) []Template {
	t.Helper()
	var dir string
	Check(t, func() { dir = *app.Synth(nil).Directory() })
	var all []Template
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "manifest.json" {
			all = append(all, readAssembly(t, filepath.Dir(path))...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.Stack, b.Stack) })
	return all
}

func readAssembly(t testing.TB, dir string) []Template {
	t.Helper()
	var manifest struct {
		Artifacts map[string]struct {
			Type       string
			Properties struct {
				TemplateFile, StackName string
				TerminationProtection   bool
			}
		}
	}
	readJSON(t, filepath.Join(dir, "manifest.json"), &manifest)
	var all []Template
	for id, a := range manifest.Artifacts {
		if a.Type == "aws:cloudformation:stack" {
			template := Template{Stack: cmp.Or(a.Properties.StackName, id), Protected: a.Properties.TerminationProtection} // the name is omitted if it equals the artifact's id
			template.Raw = readJSON(t, filepath.Join(dir, a.Properties.TemplateFile), &template)
			all = append(all, template)
		}
	}
	return all
}

func readJSON(t testing.TB, path string, into any) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return b
}

// SynthStack synthesises the stack's app and returns the stack's template.
func SynthStack(t testing.TB, stack awscdk.Stack) Template {
	t.Helper()
	app, ok := stack.Node().Root().(awscdk.App)
	if !ok {
		t.Fatalf("stack %s is in no app", *stack.StackName())
	}
	for _, template := range Synth(t, app) {
		if template.Stack == *stack.StackName() {
			return template
		}
	}
	t.Fatalf("stack %s did not synthesise", *stack.StackName())
	return Template{}
}
