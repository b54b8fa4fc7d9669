package isolation_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry/schema"
	"connectedcar/internal/names"
	"connectedcar/test/isolation"
)

// environments reads the templates of every environment: the golden files, or those in the folder in the variable TEMPLATES.
func environments(t testing.TB) map[string]*isolation.Environment {
	t.Helper()
	dir := os.Getenv("TEMPLATES")
	if dir == "" {
		dir = "../snapshot/testdata"
	}
	all, err := isolation.Load(dir)
	require.NoError(t, err)
	for _, name := range []string{"dev", "local", "prod"} {
		require.Contains(t, all, name, "templates in %s", dir)
		require.NotEmpty(t, all[name].Policy, "the device policy of %s", name)
		require.NotEmpty(t, all[name].Quarantine, "the quarantine's policy of %s", name)
		require.NotEmpty(t, all[name].Rules, "the rules of %s", name)
	}
	require.Len(t, all, 3)
	return all
}

func TestCarsAreIsolated(t *testing.T) {
	fleet := isolation.Fleet(16)
	for name, e := range environments(t) {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, isolation.CheckDevice(e.Policy, e.Place, fleet))
		})
	}
}

func TestCarsInQuarantineAreDiagnosedAndNothingElse(t *testing.T) {
	car := isolation.Fleet(1)[0]
	for name, e := range environments(t) {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, isolation.CheckQuarantine(e.Policy, e.Quarantine, e.Place, car))
			require.Error(t, isolation.CheckQuarantine(e.Policy, strings.ReplaceAll(e.Quarantine, "/telemetry", "/nothing"), e.Place, car))
			require.Error(t, isolation.CheckQuarantine(e.Policy, strings.ReplaceAll(e.Quarantine, "/trip", "/diagnostics"), e.Place, car))
		})
	}
}

func TestRulesTakeWhatTheyShould(t *testing.T) {
	fleet := isolation.Fleet(3)
	for name, e := range environments(t) {
		t.Run(name, func(t *testing.T) {
			for _, car := range fleet[1:] {
				require.NoError(t, isolation.CheckRules(e.Application, e.Rules, car, fleet[0]))
			}
		})
	}
}

// TestSamplesFollowTheirSchemas ensures that the samples are messages that a real car could send.
func TestSamplesFollowTheirSchemas(t *testing.T) {
	files, err := fs.Glob(schema.FS, "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		s := compiled(t, file)
		samples := isolation.Samples()[names.Kind(strings.TrimSuffix(file, "-1.json"))]
		require.NotEmpty(t, samples, "samples for %s", file)
		for _, sample := range samples {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(sample))
			require.NoError(t, err)
			assert.NoError(t, s.Validate(v), sample)
		}
	}
	for _, kind := range names.Kinds() {
		assert.NotEmpty(t, isolation.Samples()[kind], "samples of kind %s", kind)
	}
}

func compiled(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	b, err := schema.FS.ReadFile(file)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(file, doc))
	s, err := c.Compile(file)
	require.NoError(t, err)
	return s
}

func TestFleet(t *testing.T) {
	fleet := isolation.Fleet(50)
	seen := map[string]bool{}
	for _, v := range fleet {
		assert.Len(t, v, 17)
		seen[v] = true
	}
	assert.Len(t, seen, 50)
	assert.Equal(t, fleet, isolation.Fleet(50))
}

// clone returns a deep copy, which tests may mutate.
func clone[T any](t *testing.T, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	var out T
	require.NoError(t, json.Unmarshal(b, &out))
	return out
}
