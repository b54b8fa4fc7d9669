package snapshot_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

// difference returns the changes of a template against its base: added and changed entries, and null for removed ones. References between
// stacks are left out, because they change whenever another stack changes.
func difference(base, template cdktest.Template) map[string]map[string]any {
	out := map[string]map[string]any{}
	before, after := parts(base), parts(template)
	for name, part := range after {
		for id, value := range part {
			if !strings.HasPrefix(id, "ExportsOutput") && !reflect.DeepEqual(before[name][id], value) {
				set(out, name, id, value)
			}
		}
	}
	for name, part := range before {
		for id := range part {
			if _, ok := after[name][id]; !ok && !strings.HasPrefix(id, "ExportsOutput") {
				set(out, name, id, nil)
			}
		}
	}
	return out
}

// parts returns Resources, Outputs and the other sections of a template that are objects of objects.
func parts(template cdktest.Template) map[string]map[string]any {
	var whole map[string]any
	if err := json.Unmarshal([]byte(cdktest.Masked(template)), &whole); err != nil {
		panic(err) // cannot happen: the CDK wrote it
	}
	out := map[string]map[string]any{}
	for name, part := range whole {
		if m, ok := part.(map[string]any); ok {
			out[name] = m
		}
	}
	return out
}

func set(in map[string]map[string]any, part, id string, value any) {
	if in[part] == nil {
		in[part] = map[string]any{}
	}
	in[part][id] = value
}

// TestTemplatesOfVariantsAreTheAcceptedOnes compares each variant's differences from its environment with golden files.
func TestTemplatesOfVariantsAreTheAcceptedOnes(t *testing.T) {
	var want []string
	for name, templates := range synthesise(t).variants {
		require.NotEmpty(t, templates, "variant %s is as its environment", name)
		for _, template := range templates {
			want = append(want, filepath.Join(name, template.Stack+".json"))
			t.Run(name+"/"+template.Stack, func(t *testing.T) {
				var err error
				template.Raw, err = json.MarshalIndent(difference(synthesise(t).base(template), template), "", " ")
				require.NoError(t, err)
				cdktest.Golden(t, template, "variants", name)
			})
		}
	}
	files, err := filepath.Glob("testdata/variants/*/*.json")
	require.NoError(t, err)
	var have []string
	for _, file := range files {
		have = append(have, strings.TrimPrefix(file, filepath.Join("testdata", "variants")+string(filepath.Separator)))
	}
	assert.ElementsMatch(t, want, have, "delete what no variant makes any more")
}

// TestVariantsChangeOnlyWhatTheyAreAbout ensures that an option changes only the stacks that concern it.
func TestVariantsChangeOnlyWhatTheyAreAbout(t *testing.T) {
	for name, want := range map[string][]string{
		"iot-analytics": {"connectedcar-dev-analytics"},
		"iceberg":       {"connectedcar-dev-analytics"},
		"quicksight":    {"connectedcar-dev-analytics"},
		"notebook":      {"connectedcar-dev-analytics"},
		"console":       {"connectedcar-prod-alarms", "connectedcar-prod-api", "connectedcar-prod-console", "connectedcar-prod-identity"},
		"flink":         {"connectedcar-dev-alarms", "connectedcar-dev-ingest", "connectedcar-dev-stream"},
		"federated":     {"connectedcar-prod-alerts", "connectedcar-prod-api", "connectedcar-prod-identity"},
	} {
		var stacks []string
		for _, template := range synthesise(t).variants[name] {
			stacks = append(stacks, template.Stack)
		}
		assert.Equal(t, want, stacks, name)
	}
}

// TestEveryVariantIsDocumented compares docs/variants.md with the variants in cdk.json.
func TestEveryVariantIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(cdktest.Root(t), "docs", "variants.md"))
	require.NoError(t, err)
	for name := range synthesise(t).variants {
		assert.Contains(t, string(b), "| `"+name+"` |")
	}
}

func TestIoTAnalyticsIsFilledByItsRule(t *testing.T) {
	templates := synthesise(t).variants["iot-analytics"]
	n := slices.IndexFunc(templates, func(t cdktest.Template) bool { return strings.HasSuffix(t.Stack, "-analytics") })
	require.GreaterOrEqual(t, n, 0)
	rules := templates[n].OfType("AWS::IoT::TopicRule")
	require.Len(t, rules, 1)
	for _, rule := range rules {
		assert.Equal(t, "cars_dev_channel", rule.Properties["RuleName"])
		channel, _ := at(list(at(rule.Properties, "TopicRulePayload", "Actions"))[0], "IotAnalytics", "ChannelName", "Ref").(string)
		assert.Equal(t, "AWS::IoTAnalytics::Channel", templates[n].Resources[channel].Type)
	}
}
