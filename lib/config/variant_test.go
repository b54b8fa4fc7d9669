package config_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

// varied is a context with the given variants in JSON.
func varied(t *testing.T, variants string, more map[string]any) map[string]any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(variants), &value))
	c := context(t, three, more)
	c["variants"] = value
	return c
}

const gone = `{"gone": {"environment": "dev", "about": "What was.", "settings": {"analytics": "iot-analytics", "rawRetentionDays": 40}}}`

func TestAVariantIsItsEnvironmentWithItsSettingsAndTheCommandLineOnTop(t *testing.T) {
	all, err := config.Load(varied(t, gone, map[string]any{"variant": "gone", "rawRetentionDays": "41"}), ".")
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, config.Dev, all[0].Environment)
	assert.Equal(t, "cars-dev", string(all[0].Application))
	assert.Equal(t, config.IoTAnalytics, all[0].Analytics.Backend)
	assert.Equal(t, 41, all[0].RawRetentionDays)

	all, err = config.Load(varied(t, gone, nil), ".")
	require.NoError(t, err)
	require.Len(t, all, 3, "variants are for who asks for them")
	assert.Equal(t, config.Lake, all[0].Analytics.Backend)
}

func TestVariantsAreListedByName(t *testing.T) {
	all, err := config.Variants(varied(t, gone, nil))
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, "gone", all[0].Name)
	assert.Equal(t, "What was.", all[0].About)
	none, err := config.Variants(context(t, three, nil))
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestBadVariantsAreReported(t *testing.T) {
	for name, tc := range map[string]struct {
		variants string
		more     map[string]any
		want     string
	}{
		"a variant that there is not":   {gone, map[string]any{"variant": "x"}, `variant = "x": allowed are gone`},
		"another environment beside it": {gone, map[string]any{"variant": "gone", "env": "prod"}, `env = "prod": variant gone is one of dev`},
		"an unknown setting":            {`{"a": {"environment": "dev", "about": "A.", "settings": {"x": 1}}}`, nil, `variants.a.settings.x = 1: unknown setting`},
		"an unknown environment":        {`{"a": {"environment": "x", "about": "A.", "settings": {"analytics": "off"}}}`, nil, `variants.a.environment = "x": must be one of`},
		"a name that is none":           {`{"A b": {"environment": "dev", "about": "A.", "settings": {"analytics": "off"}}}`, nil, `variants.A b`},
		"nothing that differs":          {`{"a": {"environment": "dev", "about": "A.", "settings": {}}}`, nil, `settings must say what differs`},
		"another shape":                 {`[]`, nil, `variants = []: must be an object`},
		"a value that is not allowed": {`{"a": {"environment": "dev", "about": "A.", "settings": {"analytics": "pond"}}}`, map[string]any{"variant": "a"},
			`variants.a.settings.analytics = "pond": must be one of`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(varied(t, tc.variants, tc.more), ".")
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err := config.Variants(varied(t, `[]`, nil))
	assert.ErrorContains(t, err, "variants = []")
}
