package telemetry_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry"
)

const (
	someULID  = "01KAR3V5ZC8Q4M0T6Y2N9XWJHB"
	otherULID = "01KAR3V5ZD0000000000000001"
)

// generator generates valid messages of every shape.
type generator struct{ *rand.Rand }

func (g generator) message() telemetry.Message {
	m := telemetry.Message{
		Schema: telemetry.Schema, ID: someULID, BootID: "boot-1", Seq: g.Uint64N(telemetry.MaxSeq + 1),
		TS:      time.UnixMilli(1_764_000_000_000 + g.Int64N(1e12)).UTC(),
		Signals: g.signals(),
	}
	if g.IntN(2) == 0 {
		m.TripID = otherULID
	}
	for range g.IntN(4) {
		m.Batch = append(m.Batch, telemetry.Sample{DtMs: g.Int64N(2*telemetry.MaxDtMs+1) - telemetry.MaxDtMs, Signals: g.signals()})
	}
	return m
}

func (g generator) signals() telemetry.Signals {
	s := telemetry.Signals{}
	catalogue := telemetry.Catalogue()
	for range g.IntN(8) {
		signal := catalogue[g.IntN(len(catalogue))]
		s[signal.Path] = g.value(signal)
	}
	if g.IntN(3) == 0 {
		s[fmt.Sprintf("Vehicle.Private.Unknown_%d.Value", g.IntN(5))] = g.value(telemetry.Signal{Kind: telemetry.Kind(g.IntN(5))})
	}
	return s
}

func (g generator) value(s telemetry.Signal) telemetry.Value {
	if g.IntN(8) == 0 {
		return telemetry.Null
	}
	switch s.Kind {
	case telemetry.KindNumber:
		return telemetry.Number(s.Min + g.Float64()*(s.Max-s.Min))
	case telemetry.KindBool:
		return telemetry.Bool(g.IntN(2) == 0)
	case telemetry.KindTexts:
		return telemetry.Texts([]string{"P0301", "U0100-87"}[:g.IntN(3)]...)
	case telemetry.KindText:
		if len(s.Allowed) == 0 {
			return telemetry.Text(strings.Repeat("ü", g.IntN(telemetry.MaxText+1)))
		}
		return telemetry.Text(s.Allowed[g.IntN(len(s.Allowed))])
	}
	return telemetry.Null
}

// mutate changes a random part of a decoded document.
func (g generator) mutate(document any) any {
	switch x := document.(type) {
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		if len(keys) == 0 || g.IntN(10) == 0 {
			x[g.strange().key()] = g.strange().value()
			return x
		}
		k := keys[g.IntN(len(keys))]
		switch g.IntN(5) {
		case 0:
			delete(x, k)
		case 1:
			x[g.renamed(k)] = x[k]
			delete(x, k)
		default:
			x[k] = g.mutate(x[k])
		}
		return x
	case []any:
		if len(x) > 0 && g.IntN(2) == 0 {
			i := g.IntN(len(x))
			x[i] = g.mutate(x[i])
			return x
		}
	case string:
		if g.IntN(2) == 0 && x != "" {
			return g.edited(x)
		}
	}
	return g.strange().value()
}

func (g generator) renamed(k string) string {
	return []string{strings.ToUpper(k), strings.ToLower(k), k + "x", k + ".", "Vehicle." + k, ""}[g.IntN(6)]
}

// edited changes, drops or duplicates one byte.
func (g generator) edited(s string) string {
	i := g.IntN(len(s))
	const bytes = "019AILOUZaz-_.:TZ +é\x00"
	switch g.IntN(3) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + s[i:i+1] + s[i:]
	}
	return s[:i] + bytes[g.IntN(len(bytes)):][:1] + s[i+1:]
}

type stranger struct{ *rand.Rand }

func (g generator) strange() stranger { return stranger(g) }

func (s stranger) key() string {
	return []string{"Schema", "x", "vin", telemetry.Speed, "Vehicle", "Vehicle.", "Vehicle.a", "Vehicle.A.B1_", "Vehicle.A..B",
		"Vehicle." + strings.Repeat("A", 120), "Vehicle." + strings.Repeat("A", 121), ""}[s.IntN(12)]
}

func (s stranger) value() any {
	raw := []string{"null", "true", "false", "0", "-0", "-1", "1.0", "1.5", "1e3", "10e-1", "1e-1", "0e99999999999", "1e15",
		"1.1e15", "-1e15", "1e400", "9007199254740991", "9007199254740992", "18446744073709551616", "604800000", "-604800001",
		`""`, `"x"`, `"P0301"`, `"ON"`, `"on"`, `"telemetry/2"`, `"2026-02-30T00:00:00Z"`, `"2026-11-23T24:00:00Z"`,
		`"2026-11-23T23:59:60Z"`, `"2026-11-23T08:00:00,5Z"`, `"2026-11-23T8:00:00Z"`, `"2026-11-23T08:00:00+00:00"`,
		`"2026-11-23T08:00:00.123456789Z"`, `"2026-11-23T08:00:00.Z"`, `"2026-11-23T08:00:00Z"`, `"0000-01-01T00:00:00Z"`,
		`[]`, `[null]`, `[""]`, `["é"]`, `["a\u0000"]`, `["` + strings.Repeat("x", 33) + `"]`, `[1]`, `[[]]`, `{}`, `{"a":1}`,
		`[{"dtMs":0,"signals":{}}]`, `[{"dtMs":0.5,"signals":{}}]`, `[{"dtMs":0}]`, `{"Vehicle.Speed":"1"}`,
		`"` + strings.Repeat("x", 257) + `"`, `"` + strings.Repeat("ü", 256) + `"`,
	}
	return json.RawMessage(raw[s.IntN(len(raw))])
}

func TestEveryValidMessagePassesBoth(t *testing.T) {
	schema := compiled(t, "telemetry-1.json")
	g := generator{rand.New(rand.NewPCG(1, 1))}
	for range 2000 {
		m := g.message()
		b, err := json.Marshal(m)
		require.NoError(t, err)
		require.NoError(t, accepts(schema, b), "%s", b)
		got, err := telemetry.Decode(b)
		require.NoError(t, err, "%s", b)
		assert.Equal(t, m, got)
	}
}

func TestEveryMutationHasOneVerdict(t *testing.T) {
	schema := compiled(t, "telemetry-1.json")
	g := generator{rand.New(rand.NewPCG(2, 2))}
	refused := 0
	const runs = 20000
	for range runs {
		b, err := json.Marshal(g.message())
		require.NoError(t, err)
		var document any
		require.NoError(t, json.Unmarshal(b, &document))
		b, err = json.Marshal(g.mutate(document))
		require.NoError(t, err)
		if !agree(t, schema, b) {
			refused++
		}
	}
	assert.Greater(t, refused, runs/2, "mutations hardly break messages: the test proves little")
	assert.Less(t, refused, runs*99/100, "mutations break every message: the test proves little")
}

// agree fails the test if the schema and Decode disagree about b, and reports whether they accept it.
func agree(t *testing.T, schema *jsonschema.Schema, b []byte) bool {
	t.Helper()
	bySchema := accepts(schema, b)
	_, byGo := telemetry.Decode(b)
	if (bySchema == nil) != (byGo == nil) {
		t.Fatalf("message: %s\nschema: %v\nDecode: %v", b, bySchema, byGo)
	}
	return byGo == nil
}

func FuzzDecodeAgreesWithTheSchema(f *testing.F) {
	g := generator{rand.New(rand.NewPCG(3, 3))}
	for range 20 {
		b, err := json.Marshal(g.message())
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte(`{"schema":"telemetry\/1","id":"` + someULID + `","ts":"2026-11-23T08:00:00Z","bootId":"b","seq":1e0,"signals":{}}`))
	schema := compiled(f, "telemetry-1.json")
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) {
			_, err := telemetry.Decode(b)
			require.Error(t, err)
			return
		}
		agree(t, schema, b)
	})
}
