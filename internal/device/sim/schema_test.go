package sim_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/telemetry/schema"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
)

func TestMessagesKeepToTheirSchemas(t *testing.T) {
	schemas := map[names.Kind]*jsonschema.Schema{}
	for kind, file := range map[names.Kind]string{
		names.Telemetry: "telemetry-1.json", names.Event: "event-1.json",
		names.Diagnostics: "diagnostics-1.json", names.HealthReport: "healthreport-1.json", names.Trip: "trip-1.json",
	} {
		schemas[kind] = compile(t, file)
	}
	seen := map[names.Kind]int{}
	for _, p := range []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric} {
		for seed := range uint64(3) {
			s := settings(p, seed, 30*time.Minute)
			s.Interval = 5 * time.Second
			s.NewID = func(at time.Time) string {
				return ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(make([]byte, 10))).String()
			}
			s.Faults = sim.Faults{Overheat: true, LowBattery: true, FlatTyre: true, DTCs: []string{"P0301", "U0100"}}
			_, messages, _ := run(t, s)
			for _, m := range messages {
				seen[m.Kind]++
				check(t, schemas[m.Kind], m)
			}
		}
	}
	for kind := range schemas {
		require.Positive(t, seen[kind], kind)
	}
}

func check(t *testing.T, s *jsonschema.Schema, m sim.Message) {
	t.Helper()
	b, err := json.Marshal(m.Body)
	require.NoError(t, err)
	if s != nil {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		require.NoError(t, err)
		require.NoError(t, s.Validate(v), "%s", b)
	}
	if tm, ok := m.Body.(telemetry.Message); ok {
		for path, v := range tm.Signals {
			known, ok := telemetry.Lookup(path)
			require.True(t, ok, path)
			require.True(t, known.Plausible(v), "%s = %v", path, v)
		}
	}
}

func compile(t *testing.T, file string) *jsonschema.Schema {
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
