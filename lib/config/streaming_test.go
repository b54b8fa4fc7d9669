package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

func TestFlinkIsChosenBySetting(t *testing.T) {
	all, err := config.Load(context(t, three, map[string]any{"env": "dev", "stream": "flink", "streamThresholds": `{"fault.cars": 10, "region.share": 0.5}`}), ".")
	require.NoError(t, err)
	assert.Equal(t, config.Flink, all[0].Engine)
	assert.Equal(t, map[string]float64{"fault.cars": 10, "region.share": 0.5}, all[0].Thresholds)

	all, err = config.Load(context(t, three, nil), ".")
	require.NoError(t, err)
	for _, s := range all {
		assert.Equal(t, config.Lambda, s.Engine, "%s pays for no Flink that it did not ask for", s.Environment)
	}
}

func TestBadSettingsOfStreamsAreReported(t *testing.T) {
	for name, tc := range map[string]struct{ environment, stream, thresholds, want string }{
		"another engine":            {"dev", "kafka", `{}`, `stream = "kafka": must be one of lambda, flink`},
		"Flink on an emulator":      {"local", "flink", `{}`, `environments.local.stream = "flink": emulators have no Managed Service`},
		"thresholds of nothing":     {"dev", "lambda", `{"fault.cars": 5}`, `they are Flink's`},
		"thresholds that are none":  {"dev", "flink", `[5]`, `must be an object of numbers`},
		"an unknown threshold":      {"dev", "flink", `{"fault.car": 5}`, `streamThresholds.fault.car = 5: unknown threshold; allowed are fault.baseline.hours`},
		"half a car":                {"dev", "flink", `{"fault.cars": 0.5}`, `must be a whole number from 1`},
		"a time too long":           {"dev", "flink", `{"fault.baseline.hours": 1000}`, `must be a whole number from 1 to 999`},
		"no car":                    {"dev", "flink", `{"region.cars": 0}`, `must be a whole number from 1`},
		"more than everybody":       {"dev", "flink", `{"region.share": 1.1}`, `a share is at most 1`},
		"nobody":                    {"dev", "flink", `{"fault.share": 0}`, `must be a number from 0.000001`},
		"a step beside the default": {"dev", "flink", `{"region.step.minutes": 4}`, `must go into region.window.minutes, which is 15`},
		"a window with a rest":      {"dev", "flink", `{"region.window.minutes": 12}`, `region.step.minutes = 5: must go into`},
		"windows that do not match": {"dev", "flink", `{"region.step.minutes": 4, "region.window.minutes": 15}`, `must go into region.window.minutes`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(context(t, three, map[string]any{"env": tc.environment, "stream": tc.stream, "streamThresholds": tc.thresholds}), ".")
			require.Error(t, err)
			assert.Contains(t, err.Error(), tc.want)
		})
	}
}

// TestTheJobKnowsTheSameThresholds: without it, a setting that the job refuses would be found only at deployment.
func TestTheJobKnowsTheSameThresholds(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "analytics", "flink", "src", "main", "java", "connectedcar", "windows", "Settings.java"))
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`DEFAULTS\.put\("([a-z.]+)"`).FindAllSubmatch(source, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	assert.Equal(t, names, config.Thresholds())
	assert.Contains(t, string(source), `DEFAULTS.put("region.step.minutes", "5")`, "the check of the two windows knows this default")
	assert.Contains(t, string(source), `DEFAULTS.put("region.window.minutes", "15")`)
}
