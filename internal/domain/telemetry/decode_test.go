package telemetry_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
)

// with returns a valid message whose top-level fields are replaced by those of replace, as raw JSON; "" leaves a field out.
func with(replace map[string]string) []byte {
	fields := map[string]string{
		"schema": `"telemetry/1"`, "id": `"` + someULID + `"`, "ts": `"2026-11-23T08:00:00.123Z"`, "bootId": `"b1"`, "seq": "7",
		"signals": `{"Vehicle.Speed":50}`,
	}
	for k, v := range replace {
		fields[k] = v
	}
	var parts []string
	for k, v := range fields {
		if v != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", k, v))
		}
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	tests := map[string]struct {
		replace map[string]string
		want    string
	}{
		"a missing id":           {map[string]string{"id": ""}, `id is missing; allowed is a ULID of 26 upper-case characters`},
		"another schema version": {map[string]string{"schema": `"telemetry/2"`}, `schema is "telemetry/2"; allowed is "telemetry/1"`},
		"a local time":           {map[string]string{"ts": `"2026-11-23T09:00:00+01:00"`}, `ts is "2026-11-23T09:00:00+01:00"; allowed is RFC 3339 in UTC such as 2026-01-31T08:00:00.000Z`},
		"a negative seq":         {map[string]string{"seq": "-1"}, `seq is -1; allowed is an integer from 0 to 9007199254740991`},
		"a field in other case":  {map[string]string{"TS": "1"}, `unknown field TS is 1; allowed is one of schema, id, ts, bootId, seq, tripId, signals, batch`},
		"a text for a number":    {map[string]string{"signals": `{"Vehicle.Speed":"50"}`}, `signals.Vehicle.Speed is "50"; allowed is a number or null`},
		"an unknown ignition state": {
			map[string]string{"signals": `{"Vehicle.LowVoltageSystemState":"WARM"}`},
			`signals.Vehicle.LowVoltageSystemState is "WARM"; allowed is one of [UNDEFINED LOCK OFF ACC ON START] or null`,
		},
		"a path outside VSS": {
			map[string]string{"signals": `{"speed":50}`},
			`a path in signals is "speed"; allowed is a VSS path such as Vehicle.Speed of up to 128 characters`,
		},
		"a bad sample in a batch": {
			map[string]string{"batch": `[{"dtMs":0,"signals":{}},{"dtMs":0.5,"signals":{}}]`},
			`batch[1].dtMs is 0.5; allowed is an integer from -604800000 to 604800000`,
		},
		"a VIN in the payload": {map[string]string{"vin": `"WVWZZZ1JZXW000001"`}, `unknown field vin is "WVWZZZ1JZXW000001"`},
		"a long value is cut":  {map[string]string{"id": `"` + strings.Repeat("x", 500) + `"`}, `x...; allowed is a ULID`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := telemetry.Decode(with(tc.replace))
			require.ErrorContains(t, err, tc.want)
			var field *message.FieldError
			require.ErrorAs(t, err, &field)
			assert.Less(t, len(err.Error()), 300)
		})
	}
}

func TestDecodeRefusesWhatIsNoObject(t *testing.T) {
	for _, in := range []string{"", "null", "[]", `"x"`, "1", "{", "\xff", `{"a":1}{}`} {
		_, err := telemetry.Decode([]byte(in))
		assert.ErrorIs(t, err, message.ErrNotJSON, in)
	}
}

func TestDecodeRefusesWhatTheGatewayWouldNotTake(t *testing.T) {
	long := with(nil)
	long = append(long[:len(long)-1], strings.Repeat(" ", telemetry.MaxBytes)...)
	_, err := telemetry.Decode(append(long, '}'))
	assert.ErrorContains(t, err, "allowed is up to 131072 bytes")
}

func TestDecodeReceived(t *testing.T) {
	stamps := map[string]string{"vin": `"WVWZZZ1JZXW000001"`, "clientId": `"WVWZZZ1JZXW000001"`, "ingestedAt": "1795420800500"}
	got, err := telemetry.DecodeReceived(with(stamps))
	require.NoError(t, err)
	assert.Equal(t, "WVWZZZ1JZXW000001", got.VIN)
	assert.Equal(t, uint64(7), got.Seq)
	assert.Equal(t, time.UnixMilli(1795420800500).UTC(), got.ReceivedAt())

	for _, stamp := range []string{"vin", "clientId", "ingestedAt"} {
		without := map[string]string{"vin": stamps["vin"], "clientId": stamps["clientId"], "ingestedAt": stamps["ingestedAt"]}
		without[stamp] = ""
		_, err := telemetry.DecodeReceived(with(without))
		assert.ErrorContains(t, err, stamp+" is missing")
	}
}

func TestIdentityIsTheStampsAlone(t *testing.T) {
	tests := map[string]struct {
		vin, client, want string
	}{
		"one car":               {"WVWZZZ1JZXW000001", "WVWZZZ1JZXW000001", ""},
		"another car's topic":   {"WVWZZZ1JZXW000001", "WVWZZZ1JZXW000002", `client "WVWZZZ1JZXW000002" published on the topic of WVWZZZ1JZXW000001`},
		"a name that is no VIN": {"tool", "tool", `VIN "tool"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := telemetry.Received{VIN: tc.vin, ClientID: tc.client}.Car()
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			assert.EqualValues(t, tc.vin, got)
		})
	}
}

func TestTimesAreCutToMilliseconds(t *testing.T) {
	m, err := telemetry.Decode(with(map[string]string{"ts": `"2026-11-23T08:00:00.123999999Z"`}))
	require.NoError(t, err)
	assert.Equal(t, 123_000_000, m.TS.Nanosecond())
}

func TestValidate(t *testing.T) {
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	ms := func(d time.Duration) int64 { return d.Milliseconds() }
	tests := map[string]struct {
		ts     time.Time
		dtMs   []int64
		want   message.Reason
		skewed bool
	}{
		"a fresh message passes":                          {ts: now},
		"five minutes late is not flagged":                {ts: now.Add(-5 * time.Minute)},
		"more than five minutes late is flagged":          {ts: now.Add(-5*time.Minute - time.Millisecond), skewed: true},
		"seven days old passes, flagged":                  {ts: now.Add(-7 * 24 * time.Hour), skewed: true},
		"more than seven days old is quarantined":         {ts: now.Add(-7*24*time.Hour - time.Millisecond), want: message.TooOld},
		"a minute in the future passes":                   {ts: now.Add(time.Minute)},
		"more than a minute in the future is quarantined": {ts: now.Add(time.Minute + time.Millisecond), want: message.Future},
		"a batch is as late as its newest sample":         {ts: now.Add(-time.Hour), dtMs: []int64{ms(59 * time.Minute)}},
		"a batch with a future sample is quarantined":     {ts: now, dtMs: []int64{ms(2 * time.Minute)}, want: message.Future},
		"a batch with a sample too old is quarantined":    {ts: now.Add(-24 * time.Hour), dtMs: []int64{-ms(6*24*time.Hour + 1e6)}, want: message.TooOld},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			m := telemetry.Message{TS: tc.ts}
			for _, dt := range tc.dtMs {
				m.Batch = append(m.Batch, telemetry.Sample{DtMs: dt})
			}
			v := m.Validate(now)
			assert.Equal(t, tc.want, v.Quarantine, v.Detail)
			assert.Equal(t, tc.want != "", v.Detail != "")
			assert.Equal(t, tc.skewed, v.Skewed)
		})
	}
}

func TestImplausibleValuesBecomeNull(t *testing.T) {
	m, err := telemetry.Decode(with(map[string]string{
		"signals": `{"Vehicle.Speed":900,"Vehicle.Powertrain.FuelSystem.RelativeLevel":40,"Vehicle.Mine":1e9}`,
		"batch":   `[{"dtMs":1,"signals":{"Vehicle.CurrentLocation.Latitude":91}}]`,
	}))
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{telemetry.Speed, telemetry.Latitude}, m.NullImplausible())
	assert.Equal(t, telemetry.Signals{
		telemetry.Speed: telemetry.Null, telemetry.FuelLevel: telemetry.Number(40), "Vehicle.Mine": telemetry.Number(1e9),
	}, m.Signals)
	assert.True(t, m.Batch[0].Signals[telemetry.Latitude].IsNull())
}

func TestCatalogueHoldsEveryKnownPathOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range telemetry.Catalogue() {
		assert.False(t, seen[s.Path], s.Path)
		seen[s.Path] = true
		got, ok := telemetry.Lookup(s.Path)
		assert.True(t, ok)
		assert.Equal(t, s, got)
		if s.Kind == telemetry.KindNumber {
			assert.Less(t, s.Min, s.Max, s.Path)
		}
	}
	named := namedPaths(t)
	assert.NotEmpty(t, named)
	for _, path := range named {
		assert.True(t, seen[path], "signals.go names %s, and the catalogue has no entry of it", path)
	}
	assert.Len(t, seen, len(named), "the catalogue has paths that signals.go does not name")
}

// namedPaths returns the values of the constants of signals.go that are paths.
func namedPaths(t *testing.T) (paths []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "signals.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && strings.HasPrefix(text.Value, `"Vehicle.`) {
			path, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			paths = append(paths, path)
		}
		return true
	})
	return paths
}

func TestValueSurvivesJSON(t *testing.T) {
	for _, v := range []telemetry.Value{
		telemetry.Null, telemetry.Number(-1.5), telemetry.Text("ü\"x"), telemetry.Text(""), telemetry.Bool(true), telemetry.Bool(false),
		telemetry.Texts(), telemetry.Texts("P0301"),
	} {
		b, err := json.Marshal(telemetry.Signals{telemetry.Speed: v})
		require.NoError(t, err)
		var got telemetry.Signals
		require.NoError(t, json.Unmarshal(b, &got), "%s", b)
		assert.Equal(t, v.Any(), got[telemetry.Speed].Any(), "%s", b)
	}
}

func BenchmarkDecodeReceived(b *testing.B) {
	sent := with(map[string]string{
		"signals": `{"Vehicle.Speed":50.25,"Vehicle.CurrentLocation.Latitude":48.1,"Vehicle.CurrentLocation.Longitude":11.5,` +
			`"Vehicle.CurrentLocation.Heading":90,"Vehicle.Powertrain.CombustionEngine.Speed":2100,"Vehicle.LowVoltageSystemState":"ON",` +
			`"Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature":89,"Vehicle.Powertrain.FuelSystem.RelativeLevel":61.2}`,
	})
	in := fmt.Appendf(nil, `{"message":%s,"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795420800500}`, sent)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := telemetry.DecodeReceived(in); err != nil {
			b.Fatal(err)
		}
	}
}
