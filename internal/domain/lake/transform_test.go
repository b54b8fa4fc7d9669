package lake_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/lake"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

// parts has the dependencies of a Transformer, in memory.
type parts struct {
	models  map[vin.VIN]lake.Model
	broken  error // error of Models, Keep and PutBack; nil: they work
	kept    []ingest.Envelope
	back    []lake.Record
	answers int // MaxBytes of the Transformer
}

func (p *parts) Models(context.Context, []vin.VIN) (map[vin.VIN]lake.Model, error) {
	return p.models, nil
}

func (p *parts) Keep(_ context.Context, e []ingest.Envelope) ([]int, error) {
	if p.broken != nil {
		return []int{len(e) - 1}, p.broken
	}
	p.kept = append(p.kept, e...)
	return nil, nil
}

func (p *parts) PutBack(_ context.Context, r []lake.Record) ([]int, error) {
	if p.broken != nil {
		return []int{len(r) - 1}, p.broken
	}
	p.back = append(p.back, r...)
	return nil, nil
}

func (p *parts) transform(t *testing.T, payloads ...string) []lake.Result {
	t.Helper()
	records := make([]lake.Record, len(payloads))
	for n, payload := range payloads {
		records[n] = lake.Record{ID: fmt.Sprint(n), Data: []byte(payload), PartitionKey: string(car), SequenceNumber: fmt.Sprint(100 + n)}
	}
	if p.answers == 0 {
		p.answers = 6 << 20
	}
	results, err := (&lake.Transformer{Models: p, Failures: p, Stream: p, MaxBytes: p.answers}).Transform(t.Context(), records)
	require.NoError(t, err)
	require.Len(t, results, len(records))
	return results
}

// messageOf returns a message of the car as it is in the stream. more are further members of the message.
func messageOf(id, signals string, more ...string) string {
	return `{"message":{"schema":"telemetry/1","id":"01JD0W2V6X9Q1Z3A5B7C9D1E` + id + `","ts":"2026-11-23T12:59:59.900Z","bootId":"b7","seq":42,"signals":{` + signals + `}` +
		strings.Join(append([]string{""}, more...), ",") + `},"vin":"` + string(car) + `","clientId":"` + string(car) + `","ingestedAt":1795438800000}`
}

func lines(t *testing.T, b []byte) []string {
	t.Helper()
	require.True(t, bytes.HasSuffix(b, []byte("}\n")))
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func TestASignalBecomesARow(t *testing.T) {
	common := `"vin":"WVWZZZ1JZXW000001","message_id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","boot_id":"b7","seq":42,"ts":"2026-11-23T12:59:59.900Z","ingested_at":"2026-11-23T13:00:00.000Z"`
	for name, tc := range map[string]struct{ signal, want string }{
		"a number, with its unit":          {`"Vehicle.Speed":87.5`, `"signal":"Vehicle.Speed","num":87.5,"unit":"km/h","quality":"good"`},
		"a large number":                   {`"Vehicle.TraveledDistance":1234567890`, `"signal":"Vehicle.TraveledDistance","num":1234567890,"unit":"m","quality":"good"`},
		"a text":                           {`"Vehicle.Powertrain.Type":"HYBRID"`, `"signal":"Vehicle.Powertrain.Type","str":"HYBRID","quality":"good"`},
		"a truth value":                    {`"Vehicle.Service.IsServiceDue":false`, `"signal":"Vehicle.Service.IsServiceDue","bool":false,"quality":"good"`},
		"a list, its elements by commas":   {`"Vehicle.Diagnostics.DTCList":["P0301","U0100"]`, `"signal":"Vehicle.Diagnostics.DTCList","str":"P0301,U0100","quality":"good"`},
		"an invalid sensor, without value": {`"Vehicle.Speed":null`, `"signal":"Vehicle.Speed","unit":"km/h","quality":"missing"`},
		"an implausible value, left out":   {`"Vehicle.Speed":5000`, `"signal":"Vehicle.Speed","unit":"km/h","quality":"implausible"`},
		"half a position, left out":        {`"Vehicle.CurrentLocation.Latitude":48.1`, `"signal":"Vehicle.CurrentLocation.Latitude","unit":"degrees","quality":"implausible"`},
		"a signal outside the catalogue":   {`"Vehicle.Acme.Mode":"a \"b\"\u0001é"`, `"signal":"Vehicle.Acme.Mode","str":"a \"b\"\u0001é","quality":"good"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := (&parts{}).transform(t, messageOf("3F", tc.signal))[0]
			assert.Equal(t, lake.Stored, r.Outcome)
			assert.Equal(t, 1, r.Count)
			assert.Equal(t, "2026-11-23", r.Day)
			assert.Equal(t, "12", r.Hour)
			assert.JSONEq(t, "{"+common+","+tc.want+"}", lines(t, r.Rows)[0])
		})
	}
}

func TestRowsOfAMessageSaySampleTripAndCar(t *testing.T) {
	p := &parts{models: map[vin.VIN]lake.Model{car: {Manufacturer: "acme", Make: "Acme", Model: "One", Year: 2026, Powertrain: "HYBRID"}}}
	r := p.transform(t, messageOf("3F", `"Vehicle.Speed":1,"Vehicle.Chassis.Brake.PedalPosition":2`,
		`"tripId":"01JD0W2V6X9Q1Z3A5B7C9D1E3G"`, `"batch":[{"dtMs":-500,"signals":{"Vehicle.Speed":3}}]`))[0]
	require.Equal(t, 3, r.Count)
	var got []string
	for _, line := range lines(t, r.Rows) {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		for column, want := range map[string]any{
			"manufacturer": "acme", "make": "Acme", "model": "One", "model_year": 2026., "powertrain": "HYBRID", "trip_id": "01JD0W2V6X9Q1Z3A5B7C9D1E3G",
		} {
			assert.Equal(t, want, row[column], column)
		}
		got = append(got, fmt.Sprint(row["ts"], " ", row["signal"], " ", row["num"]))
	}
	assert.Equal(t, []string{
		"2026-11-23T12:59:59.900Z Vehicle.Chassis.Brake.PedalPosition 2",
		"2026-11-23T12:59:59.900Z Vehicle.Speed 1",
		"2026-11-23T12:59:59.400Z Vehicle.Speed 3",
	}, got)
}

func TestMessagesThatCannotBeUsedAreSetAsideWithTheReason(t *testing.T) {
	old := strings.Replace(messageOf("3F", `"Vehicle.Speed":1`), "2026-11-23T12", "2026-11-01T12", 1)
	foreign := strings.Replace(messageOf("3F", `"Vehicle.Speed":1`), `"clientId":"W`, `"clientId":"X`, 1)
	for name, tc := range map[string]struct {
		payload string
		want    message.Reason
	}{
		"what is no JSON":           {"{", message.Undecodable},
		"what the schema refuses":   {messageOf("3F", `"Vehicle.Speed":"fast"`), message.SchemaInvalid},
		"another car's message":     {foreign, message.IdentityMismatch},
		"a message of weeks before": {old, message.TooOld},
	} {
		t.Run(name, func(t *testing.T) {
			p := &parts{}
			results := p.transform(t, tc.payload, messageOf("3G", `"Vehicle.Speed":1`))
			assert.Equal(t, lake.SetAside, results[0].Outcome)
			assert.Empty(t, results[0].Rows)
			assert.Equal(t, lake.Stored, results[1].Outcome)
			require.Len(t, p.kept, 1)
			assert.Equal(t, tc.want, p.kept[0].Reason)
			assert.NotEmpty(t, p.kept[0].Detail)
			assert.Equal(t, tc.payload, string(p.kept[0].Payload))
			assert.Equal(t, "100", p.kept[0].SequenceNumber)
		})
	}
}

func TestAnAnswerNeverGrowsBeyondItsLimit(t *testing.T) {
	const limit = 10_000
	p := &parts{answers: limit}
	var payloads []string
	for n := range 30 {
		payloads = append(payloads, messageOf(fmt.Sprintf("%02d", n), `"Vehicle.Speed":1,"Vehicle.TraveledDistance":2,"Vehicle.Powertrain.Type":"HYBRID"`))
	}
	size, stored := 0, 0
	for n, r := range p.transform(t, payloads...) {
		size += base64.StdEncoding.EncodedLen(len(r.Rows))
		if r.Outcome == lake.Stored {
			stored++
			continue
		}
		require.Equal(t, lake.PutBack, r.Outcome)
		assert.Equal(t, payloads[n], string(p.back[n-stored].Data))
	}
	assert.LessOrEqual(t, size, limit)
	assert.Greater(t, stored, 3)
	assert.Len(t, p.back, 30-stored)
}

func TestWhatCannotBeKeptElsewhereIsLeftToFirehose(t *testing.T) {
	p := &parts{broken: errors.New("boom"), answers: 900}
	results := p.transform(t, "{", messageOf("3F", `"Vehicle.Speed":1`), messageOf("3G", `"Vehicle.Speed":1`), "[")
	var outcomes []lake.Outcome
	for _, r := range results {
		outcomes = append(outcomes, r.Outcome)
		if r.Outcome == lake.Unhandled {
			assert.ErrorContains(t, r.Why, "boom")
		}
	}
	assert.Equal(t, []lake.Outcome{lake.SetAside, lake.PutBack, lake.Unhandled, lake.Unhandled}, outcomes)
}

func TestABatchHasNothingOfTheOneBefore(t *testing.T) {
	transformer, many := batchOf(messageOf("3F", `"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":1`), 100)
	first, err := transformer.Transform(t.Context(), many)
	require.NoError(t, err)
	want := string(first[0].Rows)
	other := lake.Record{ID: "x", Data: []byte(messageOf("3G", `"Vehicle.Speed":1`)), PartitionKey: string(car)}
	second, err := transformer.Transform(t.Context(), []lake.Record{other, many[0]})
	require.NoError(t, err)
	assert.Len(t, lines(t, second[0].Rows), 1)
	assert.Contains(t, string(second[0].Rows), "1E3G")
	assert.Equal(t, want, string(second[1].Rows))
}

func TestEveryRowIsJSON(t *testing.T) {
	for _, s := range []string{"", "plain", `"\`, "\x00\x1f\x7f", "é€😀", "\xff\xc3", "</script>"} {
		quoted, err := json.Marshal(strings.ToValidUTF8(s, "\uFFFD"))
		require.NoError(t, err)
		r := (&parts{}).transform(t, messageOf("3F", `"Vehicle.Acme.Mode":`+string(quoted)))[0]
		require.Equal(t, 1, r.Count, s)
		var row struct{ Str string }
		require.NoError(t, json.Unmarshal(r.Rows, &row))
		assert.Equal(t, strings.ToValidUTF8(s, "\uFFFD"), row.Str)
	}
}

// BenchmarkTransform transforms messages as simulated cars send them: a record is a message of twelve signals, and becomes twelve
// rows. It also reports records per second of processor time, because a shared machine provides less than one core.
func BenchmarkTransform(b *testing.B) {
	payload := messageOf("3F", `"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":123456,"Vehicle.CurrentLocation.Latitude":48.137154,`+
		`"Vehicle.CurrentLocation.Longitude":11.576124,"Vehicle.LowVoltageSystemState":"ON","Vehicle.LowVoltageBattery.CurrentVoltage":14.1,`+
		`"Vehicle.Powertrain.CombustionEngine.Speed":2100,"Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature":91,`+
		`"Vehicle.Powertrain.FuelSystem.RelativeLevel":61.5,"Vehicle.Chassis.Brake.PedalPosition":0,"Vehicle.Cabin.HVAC.AmbientAirTemperature":21,`+
		`"Vehicle.Diagnostics.DTCCount":0`)
	for name, payload := range map[string]string{"twelve signals": payload, "one signal": messageOf("3F", `"Vehicle.Speed":87.5`)} {
		b.Run(name, func(b *testing.B) {
			defer debug.SetGCPercent(debug.SetGCPercent(400)) // the function's own setting
			t, records := batchOf(payload, 500)
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				if _, err := t.Transform(context.Background(), records); err != nil {
					b.Fatal(err)
				}
			}
			made := float64(len(records) * b.N)
			b.ReportMetric(made/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(made/(processorTime(b)-before).Seconds(), "records/cpu-s")
		})
	}
}

// batchOf returns a Transformer and a batch of n records with the same payload.
func batchOf(payload string, n int) (*lake.Transformer, []lake.Record) {
	records := make([]lake.Record, n)
	for n := range records {
		records[n] = lake.Record{ID: fmt.Sprint(n), Data: []byte(payload), PartitionKey: string(car)}
	}
	p := &parts{models: map[vin.VIN]lake.Model{car: {Manufacturer: "acme", Make: "Acme", Model: "One", Year: 2026}}}
	return &lake.Transformer{Models: p, Failures: p, Stream: p, MaxBytes: 6 << 20}, records
}

// processorTime returns this process's processor time on all cores, including garbage collection.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestMemoryIsAFewTimesTheBatch compares the memory use for a batch of 6 MB with its size: rows that do not fit into the response must not
// be kept, and no other memory may grow with the number of signals.
func TestMemoryIsAFewTimesTheBatch(t *testing.T) {
	payload := messageOf("3F", `"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":123456,"Vehicle.LowVoltageBattery.CurrentVoltage":14.1`)
	const size = 6 << 20
	transformer, records := batchOf(payload, size/len(payload))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	results, err := transformer.Transform(t.Context(), records)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(12*size), "all that was ever allocated for the batch")
	stored, back := 0, 0
	for _, r := range results {
		switch r.Outcome {
		case lake.Stored:
			stored++
		case lake.PutBack:
			back++
		default:
			t.Fatalf("a record is %v", r.Outcome)
		}
	}
	assert.Equal(t, len(records), stored+back, "no record is lost")
	assert.Len(t, transformer.Stream.(*parts).back, back)
	assert.Positive(t, stored)
	assert.Positive(t, back)
	t.Logf("a batch of %d bytes: %d bytes allocated, %d records stored, %d put back", size, after.TotalAlloc-before.TotalAlloc, stored, back)
}
