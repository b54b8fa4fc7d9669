// Package snapshot_test checks the templates of every environment: as a whole against golden files, and important properties separately.
package snapshot_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
	"connectedcar/lib/config"
	"connectedcar/lib/function"
	"connectedcar/lib/stacks"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// platform holds the templates of every environment and variant, synthesised once for all tests. CloudFormation's validation runs with
// them, and its findings are errors; cdk-nag's rules run too.
type platform struct {
	templates []cdktest.Template            // of all environments
	variants  map[string][]cdktest.Template // by variant; only templates that differ from the environment's
	findings  []string                      // findings of cdk-nag, and warnings of the app
}

var synthesised sync.Once
var shared platform

func synthesise(t *testing.T) platform {
	t.Helper()
	synthesised.Do(func() { shared = newPlatform(t) })
	require.NotEmpty(t, shared.templates, "the environments did not synthesise: see the first failure")
	return shared
}

// everything returns the templates of the environments, and those of the variants that differ.
func everything(t *testing.T) []cdktest.Template {
	t.Helper()
	p := synthesise(t)
	all := slices.Clone(p.templates)
	for _, name := range slices.Sorted(maps.Keys(p.variants)) {
		all = append(all, p.variants[name]...)
	}
	return all
}

func newPlatform(t *testing.T) platform {
	t.Helper()
	p := platform{variants: map[string][]cdktest.Template{}}
	p.templates, p.findings = assemble(t, "")
	variants, err := config.Variants(cdktest.Context(t))
	require.NoError(t, err)
	for _, v := range variants {
		templates, found := assemble(t, v.Name)
		p.findings = append(p.findings, found...)
		p.variants[v.Name] = slices.DeleteFunc(templates, func(other cdktest.Template) bool { return len(difference(p.base(other), other)) == 0 })
	}
	return p
}

// base is the same stack's template in the variant's environment; empty for a stack that only the variant has.
func (p platform) base(other cdktest.Template) cdktest.Template {
	for _, template := range p.templates {
		if template.Stack == other.Stack {
			return template
		}
	}
	return cdktest.Template{Raw: []byte("{}")}
}

// assemble synthesises the environments, or only the named variant.
func assemble(t *testing.T, variant string) ([]cdktest.Template, []string) {
	t.Helper()
	app := cdktest.App(t, nil)
	settings := fixture(t, variant)
	code, err := function.Compile(app, settings)
	require.NoError(t, err)
	var stages []awscdk.Stage
	cdktest.Check(t, func() {
		for _, s := range settings {
			stage := stacks.New(app, s, code)
			nag(stage)
			stages = append(stages, stage)
		}
	})
	return cdktest.Synth(t, app), findings(t, stages)
}

// onlyOf synthesises the environment dev with some settings overridden.
func onlyOf(t *testing.T, over map[string]any) []cdktest.Template {
	t.Helper()
	context := cdktest.Context(t)
	dev, ok := context["environments"].(map[string]any)["dev"].(map[string]any)
	require.True(t, ok, "cdk.json has no dev")
	dev["manufacturers"] = []any{map[string]any{"id": "acme", "name": "Acme Motors", "caCertificates": []any{map[string]any{"file": "testdata/ca/ca.pem"}}}}
	maps.Copy(context, over)
	context["env"] = "dev"
	settings, err := config.Load(context, ".")
	require.NoError(t, err)
	app := cdktest.App(t, nil)
	code, err := function.Compile(app, settings)
	require.NoError(t, err)
	cdktest.Check(t, func() { stacks.New(app, settings[0], code) })
	return cdktest.Synth(t, app)
}

// nag runs cdk-nag on the stage. It must be added to each stage, because it does not cross a stage's border.
func nag(stage awscdk.Stage) {
	awscdk.Aspects_Of(stage).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
}

// findings returns the errors and warnings that cdk-nag found in the stages.
func findings(t *testing.T, stages []awscdk.Stage) []string {
	t.Helper()
	var all []string
	cdktest.Check(t, func() {
		for _, stage := range stages {
			for _, stack := range *stage.Synth(nil).Stacks() {
				for _, m := range *stack.Messages() {
					//lint:ignore SA1019 the type that replaces it has no Go module yet
					id, level, data := *m.Id, m.Level, m.Entry.Data
					if text, ok := data.(string); ok && !strings.EqualFold(string(level), "info") {
						all = append(all, id+": "+strings.TrimSpace(text))
					}
				}
			}
		}
	})
	slices.Sort(all)
	return all
}

// fixture returns the settings of cdk.json for all environments or for a variant, with the values that a deployment adds: dev and local
// have a CA without verification certificate; prod has a CA with one, and every optional setting.
func fixture(t *testing.T, variant string) []config.Settings {
	t.Helper()
	context := cdktest.Context(t)
	if variant != "" {
		context["variant"] = variant
	}
	environments, ok := context["environments"].(map[string]any)
	require.True(t, ok, "cdk.json has no environments")
	set := func(environment string, values map[string]any) {
		for key, value := range values {
			environments[environment].(map[string]any)[key] = value
		}
	}
	ca, verification := filepath.Join("testdata", "ca", "ca.pem"), filepath.Join("testdata", "ca", "verification.pem")
	unverified := []any{map[string]any{"id": "acme", "name": "Acme Motors", "caCertificates": []any{map[string]any{"file": ca}}}}
	set("dev", map[string]any{"manufacturers": unverified})
	set("local", map[string]any{"manufacturers": unverified})
	set("prod", map[string]any{
		"account": "123456789012", "region": "eu-central-1", "alarmEmail": "oncall@example.com", "iotLogging": "ERROR", "streamMode": float64(4),
		"manufacturers": []any{
			map[string]any{"id": "acme", "name": "Acme Motors", "caCertificates": []any{map[string]any{"file": ca, "verificationFile": verification}}},
			map[string]any{"id": "bolt", "name": "Bolt"},
			map[string]any{"id": "volt", "name": "Volt", "caCertificates": []any{map[string]any{"id": strings.Repeat("5c", 32)}}},
		},
		"things": []any{map[string]any{"name": "1ACEV26S0TA000001", "attributes": map[string]any{"purpose": "test-track"}}},
		"tags":   map[string]any{"costCentre": "4711"},
	})
	here, err := os.Getwd()
	require.NoError(t, err)
	settings, err := config.Load(context, here)
	require.NoError(t, err)
	for i := range settings {
		if settings[i].Environment == config.Local {
			settings[i].Architecture = config.AMD64 // independent of the machine that runs the test
		}
	}
	return settings
}
