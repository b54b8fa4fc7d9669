package snapshot_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/cdktest"
)

var release = flag.String("release", "", "take the accepted templates in that folder over as the released ones, for example testdata")

// released is the folder of the last release's templates, reduced to the parts that matter to an upgrade. It is in the repository because a
// clone may have no tags.
const released = "testdata/release"

// accepted is a risk that was accepted deliberately. Stack and ID are patterns of path.Match.
type accepted struct {
	Stack  string `json:"stack"`
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Reason string `json:"reason"` // with the steps for the upgrade
}

func (a accepted) covers(r cdktest.Risk) bool {
	stack, _ := path.Match(a.Stack, r.Stack)
	id, _ := path.Match(a.ID, r.ID)
	return stack && id && a.Kind == r.Kind
}

// TestUpgradeOfTheLastReleaseLosesNothing fails if a deployment over the last release would lose data or be refused, except for the entries
// of accepted.json. It also fails for an unused entry: each release starts with an empty list.
func TestUpgradeOfTheLastReleaseLosesNothing(t *testing.T) {
	var taken []accepted
	b, err := os.ReadFile(filepath.Join(released, "accepted.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &taken))
	used := map[int]bool{}
	for _, risk := range cdktest.Upgrade(baseline(t), deployable(t)) {
		n := slices.IndexFunc(taken, func(a accepted) bool { return a.covers(risk) })
		if n < 0 {
			t.Errorf("%s\nkeep it, or accept it in %s/accepted.json with the reason and the steps of whoever upgrades", risk, released)
			continue
		}
		used[n] = true
	}
	for n, a := range taken {
		assert.True(t, used[n], "nothing needs %s %s %s", a.Stack, a.Kind, a.ID)
		assert.Greater(t, len(a.Reason), 20, "%s %s %s: say why, and what to do", a.Stack, a.Kind, a.ID)
	}
}

// TestOptionsCanBeSwitchedOnAndOff compares each option's templates with those without the option, in both directions. The stacks of the
// option are still in the account while the others are deployed, so their imports must remain exported.
func TestOptionsCanBeSwitchedOnAndOff(t *testing.T) {
	p := synthesise(t)
	switched := func(t *testing.T, from, to []cdktest.Template) {
		for _, risk := range cdktest.Upgrade(from, to) {
			assert.NotEqual(t, cdktest.ExportInUse, risk.Kind, "%s", risk)
		}
	}
	for name, changed := range p.variants {
		environment := strings.Join(strings.Split(changed[0].Stack, "-")[:2], "-") + "-"
		off := slices.DeleteFunc(slices.Clone(p.templates), func(t cdktest.Template) bool { return !strings.HasPrefix(t.Stack, environment) })
		on := with(off, changed)
		t.Run(name+" on", func(t *testing.T) { switched(t, off, on) })
		t.Run(name+" off", func(t *testing.T) { switched(t, on, off) })
	}
}

// with returns the templates, with others added or in place of the templates of the same stacks.
func with(templates, others []cdktest.Template) []cdktest.Template {
	all := map[string]cdktest.Template{}
	for _, t := range slices.Concat(templates, others) {
		all[t.Stack] = t
	}
	return slices.Collect(maps.Values(all))
}

// TestSettingsThatComeAndGoLeaveExportsAlone is TestOptionsCanBeSwitchedOnAndOff for settings without a variant.
func TestSettingsThatComeAndGoLeaveExportsAlone(t *testing.T) {
	before := onlyOf(t, nil)
	for name, over := range map[string]map[string]any{
		"analytics off":            {"analytics": "off"},
		"no manufacturer":          {"manufacturers": `[]`},
		"the CA is another":        {"manufacturers": `[{"id": "acme", "name": "Acme Motors", "caCertificates": [{"id": "` + strings.Repeat("5c", 32) + `"}]}]`},
		"two CAs at once":          {"manufacturers": `[{"id": "acme", "name": "Acme Motors", "caCertificates": [{"file": "testdata/ca/ca.pem"}, {"id": "` + strings.Repeat("5c", 32) + `"}]}]`},
		"one manufacturer more":    {"manufacturers": `[{"id": "acme", "name": "Acme Motors", "caCertificates": [{"file": "testdata/ca/ca.pem"}]}, {"id": "bolt", "name": "Bolt"}]`},
		"a page that may call":     {"consoleUrl": "https://cars.example.com"},
		"who hears of alarms":      {"alarmEmail": "oncall@example.com"},
		"shards instead of demand": {"streamMode": "2"},
	} {
		t.Run(name, func(t *testing.T) {
			after := onlyOf(t, over)
			for _, direction := range [][]cdktest.Risk{cdktest.Upgrade(before, after), cdktest.Upgrade(after, before)} {
				for _, risk := range direction {
					assert.NotContains(t, []string{cdktest.ExportInUse, cdktest.Replaced, cdktest.Moved}, risk.Kind, "%s", risk)
				}
			}
		})
	}
}

// TestReleasedTemplatesAreWhole checks the released templates. With the flag -release it writes them first.
func TestReleasedTemplatesAreWhole(t *testing.T) {
	if *release != "" {
		takeOver(t, *release)
	}
	stateful, exports := 0, 0
	for _, in := range baseline(t) {
		stateful += len(in.Resources)
		exports += len(in.Outputs)
	}
	assert.Greater(t, stateful, 2*50, "tables, buckets, queues, groups of two environments")
	assert.Greater(t, exports, 2*30)
}

// baseline reads the released templates.
func baseline(t *testing.T) []cdktest.Template {
	t.Helper()
	var all []cdktest.Template
	files, err := filepath.Glob(filepath.Join(released, "connectedcar-*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "no released templates in %s", released)
	for _, file := range files {
		all = append(all, readTemplate(t, file))
	}
	return all
}

// deployable returns the current templates of the environments that get upgrades, with masked hashes like the released ones.
func deployable(t *testing.T) []cdktest.Template {
	t.Helper()
	var all []cdktest.Template
	for _, in := range synthesise(t).templates {
		if strings.HasPrefix(in.Stack, "connectedcar-local-") {
			continue
		}
		out := cdktest.Template{Stack: in.Stack, Raw: []byte(cdktest.Masked(in))}
		require.NoError(t, json.Unmarshal(out.Raw, &out))
		all = append(all, out)
	}
	return all
}

func readTemplate(t *testing.T, file string) cdktest.Template {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	out := cdktest.Template{Stack: strings.TrimSuffix(filepath.Base(file), ".json"), Raw: raw}
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

var imported = regexp.MustCompile(`"Fn::ImportValue": ("[^"]+")`)

// takeOver replaces the released templates with the accepted ones in a folder.
func takeOver(t *testing.T, from string) {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(released, "connectedcar-*.json"))
	require.NoError(t, err)
	for _, file := range old {
		require.NoError(t, os.Remove(file))
	}
	for _, environment := range []string{"dev", "prod"} {
		files, err := filepath.Glob(filepath.Join(from, "connectedcar-"+environment+"-*.json"))
		require.NoError(t, err)
		require.NotEmpty(t, files, "%s has no template of %s", from, environment)
		for _, file := range files {
			b, err := json.MarshalIndent(reduced(readTemplate(t, file)), "", " ")
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(released, filepath.Base(file)), append(b, '\n'), 0o644))
		}
	}
}

// reduced keeps only the parts of a template that matter to an upgrade: stateful resources, exports and imports.
func reduced(in cdktest.Template) map[string]any {
	resources, outputs, imports := map[string]any{}, map[string]any{}, []any{}
	for id, r := range in.Resources {
		if cdktest.Stateful(r.Type) {
			resources[id] = map[string]any{"Type": r.Type, "Properties": r.Properties}
		}
	}
	for name, o := range in.Outputs {
		if at(o, "Export") != nil {
			outputs[name] = o
		}
	}
	var exports []string
	for _, m := range imported.FindAllStringSubmatch(string(in.Raw), -1) {
		exports = append(exports, strings.Trim(m[1], `"`))
	}
	slices.Sort(exports)
	for _, name := range slices.Compact(exports) {
		imports = append(imports, map[string]any{"Fn::ImportValue": name})
	}
	return map[string]any{"Resources": resources, "Outputs": outputs, "Imports": imports}
}
