package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const (
	carOne vin.VIN = "WVWZZZ1JZXW000001"
	carTwo vin.VIN = "WVWZZZ1JZXW000002"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// messageOf returns a valid message of a car, received 200 ms after it was sampled.
func messageOf(v vin.VIN, seq uint64, at time.Time, signals telemetry.Signals) telemetry.Received {
	return telemetry.Received{
		VIN: string(v), ClientID: string(v), IngestedAt: at.UnixMilli() + 200,
		Message: telemetry.Message{
			Schema: telemetry.Schema, ID: fmt.Sprintf("01KAR3V5ZC%016d", seq), BootID: "boot", Seq: seq, TS: at, Signals: signals,
		},
	}
}

func speed(kph float64) telemetry.Signals {
	return telemetry.Signals{telemetry.Speed: telemetry.Number(kph)}
}

func record(t testing.TB, m telemetry.Received) ingest.Record {
	t.Helper()
	data, err := json.Marshal(m)
	require.NoError(t, err)
	r := raw(string(data))
	r.PartitionKey = m.VIN
	return r
}

func raw(data string) ingest.Record {
	return ingest.Record{Data: []byte(data), PartitionKey: "key", SequenceNumber: "4960", ArrivedAt: noon}
}

// kept is a failure queue that accepts everything except the payload that a test names.
type kept struct {
	envelopes []ingest.Envelope
	refuse    string
	down      bool
}

func (k *kept) Keep(_ context.Context, envelopes []ingest.Envelope) ([]int, error) {
	if k.down {
		return nil, errors.New("the queue is unreachable")
	}
	var lost []int
	for n, e := range envelopes {
		if k.refuse != "" && string(e.Payload) == k.refuse {
			lost = append(lost, n)
			continue
		}
		k.envelopes = append(k.envelopes, e)
	}
	if lost != nil {
		return lost, errors.New("queue is full")
	}
	return nil, nil
}

// stores are the stores of a Service, with faults that a test injects.
type stores struct {
	memory.States
	memory.History
	kept
	alerts  memory.Alerts
	cars    memory.Vehicles
	states  func(cars []vin.VIN) error
	put     func(s *vehicle.State) error
	history func(rows []telemetry.Row) ([]ingest.Unstored, error)
	reads   atomic.Int32
	writes  atomic.Int32
}

func (s *stores) book() *alert.Service { return alert.NewService(&s.alerts, &s.cars) }

type stateStore struct{ *stores }

func (s stateStore) States(ctx context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error) {
	s.reads.Add(1)
	if s.states != nil {
		if err := s.states(cars); err != nil {
			return nil, err
		}
	}
	return s.stores.States.States(ctx, cars)
}

func (s stateStore) PutState(ctx context.Context, state *vehicle.State) error {
	s.writes.Add(1)
	if s.put != nil {
		if err := s.put(state); err != nil {
			return err
		}
	}
	return s.stores.States.PutState(ctx, state)
}

type historyStore struct{ *stores }

func (s historyStore) PutRows(ctx context.Context, rows []telemetry.Row) ([]ingest.Unstored, error) {
	if s.history != nil {
		if left, err := s.history(rows); err != nil {
			return left, err
		}
	}
	return s.stores.History.PutRows(ctx, rows)
}

func (s *stores) take(records ...ingest.Record) ingest.Result {
	return s.ingester().Handle(context.Background(), records, noon.Add(time.Second))
}

func (s *stores) ingester() *ingest.Service {
	return &ingest.Service{
		States: stateStore{s}, History: historyStore{s}, Failures: &s.kept, Alerts: s.book(), Cars: &s.cars,
		Detector: anomaly.New(anomaly.Defaults()),
	}
}

func TestNewestValueOfEachSignalWins(t *testing.T) {
	s := &stores{}
	result := s.take(
		record(t, messageOf(carOne, 2, noon.Add(time.Second), telemetry.Signals{telemetry.Speed: telemetry.Number(60), telemetry.FuelLevel: telemetry.Null})),
		record(t, messageOf(carOne, 1, noon, telemetry.Signals{telemetry.Speed: telemetry.Number(50), telemetry.FuelLevel: telemetry.Number(40), telemetry.EngineCoolant: telemetry.Number(90)})),
		record(t, messageOf(carTwo, 1, noon, speed(10))),
	)
	require.Empty(t, result.Errors)
	assert.Equal(t, -1, result.FirstFailed)
	assert.Equal(t, ingest.Counts{Accepted: 3, Rows: 3, Lag: 0}, result.Counts)
	one := s.States.All()[carOne]
	second := noon.Add(time.Second).UnixMilli()
	assert.Equal(t, map[string]vehicle.Reading{
		telemetry.Speed:         {Value: telemetry.Number(60), At: second},
		telemetry.FuelLevel:     {Value: telemetry.Null, At: second}, // the sensor reports no valid value
		telemetry.EngineCoolant: {Value: telemetry.Number(90), At: noon.UnixMilli()},
	}, one.Signals)
	assert.Equal(t, vehicle.Source{At: second, BootID: "boot", Seq: 2, OffsetMs: 200}, one.Newest)
	assert.Len(t, s.History.All(), 3)
	assert.EqualValues(t, 1, s.reads.Load(), "one read for all cars")
	assert.EqualValues(t, 2, s.writes.Load(), "one write for each car")
}

func TestWhatIsNoNewsIsNotWritten(t *testing.T) {
	s := &stores{}
	m := record(t, messageOf(carOne, 1, noon, speed(50)))
	s.take(m)
	s.take(m)
	s.take(record(t, messageOf(carOne, 0, noon.Add(-time.Minute), speed(40))))
	assert.EqualValues(t, 1, s.writes.Load())
	assert.Equal(t, int64(1), s.States.All()[carOne].Version)
}

func TestEverySampleOfABatchIsARow(t *testing.T) {
	s := &stores{}
	m := messageOf(carOne, 7, noon, speed(50))
	m.Batch = []telemetry.Sample{
		{DtMs: -1000, Signals: speed(49)}, {DtMs: 1000, Signals: speed(51)},
		{DtMs: 0, Signals: telemetry.Signals{telemetry.FuelLevel: telemetry.Number(40)}}, // the time of the message itself
		{DtMs: 2000, Signals: telemetry.Signals{}},                                       // empty
	}
	result := s.take(record(t, m))
	require.Empty(t, result.Errors)
	rows, err := s.Day(t.Context(), telemetry.Partition(carOne, noon))
	require.NoError(t, err)
	require.Len(t, rows, 3)
	assert.Equal(t, speed(49), rows[0].Signals)
	assert.Equal(t, telemetry.Signals{telemetry.Speed: telemetry.Number(50), telemetry.FuelLevel: telemetry.Number(40)}, rows[1].Signals)
	assert.Equal(t, noon.Add(time.Second), rows[2].At)
	assert.Equal(t, telemetry.Number(51), s.States.All()[carOne].Signals[telemetry.Speed].Value)
}

func TestQuarantine(t *testing.T) {
	mutate := func(change func(*telemetry.Received)) ingest.Record {
		m := messageOf(carOne, 1, noon, speed(50))
		change(&m)
		return record(t, m)
	}
	tests := map[string]struct {
		record ingest.Record
		want   message.Reason
		vin    string
		detail string
	}{
		"what is no JSON":          {raw("\x00\xff"), message.Undecodable, "", "not a JSON object"},
		"a record without content": {raw(""), message.Undecodable, "", "not a JSON object"},
		"a record without stamps":  {raw(`{"schema":"telemetry/1"}`), message.SchemaInvalid, "", "vin is missing"},
		"a broken schema":          {mutate(func(m *telemetry.Received) { m.BootID = "" }), message.SchemaInvalid, string(carOne), `bootId is ""`},
		"another car's topic":      {mutate(func(m *telemetry.Received) { m.ClientID = string(carTwo) }), message.IdentityMismatch, string(carOne), "published on the topic of"},
		"a client that is no car":  {mutate(func(m *telemetry.Received) { m.VIN, m.ClientID = "tool", "tool" }), message.IdentityMismatch, "tool", `VIN "tool"`},
		"a message too old":        {mutate(func(m *telemetry.Received) { m.TS = noon.AddDate(0, 0, -8) }), message.TooOld, string(carOne), "allowed is up to 168h"},
		"a message of the future":  {mutate(func(m *telemetry.Received) { m.TS = noon.Add(time.Hour) }), message.Future, string(carOne), "in the future"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := &stores{}
			good := record(t, messageOf(carTwo, 1, noon, speed(10)))
			result := s.take(tc.record, good)
			assert.Equal(t, -1, result.FirstFailed)
			assert.Equal(t, 1, result.Counts.Accepted)
			require.Len(t, s.envelopes, 1)
			e := s.envelopes[0]
			assert.Contains(t, e.Detail, tc.detail)
			e.Detail = ""
			assert.Equal(t, ingest.Envelope{
				Reason: tc.want, VIN: tc.vin, Payload: tc.record.Data, PartitionKey: tc.record.PartitionKey, SequenceNumber: "4960", ReceivedAt: noon,
			}, e)
			assert.Len(t, s.History.All(), 1, "only the good message")
			assert.NotContains(t, s.States.All(), carOne)
		})
	}
}

func TestEnvelopeAsStored(t *testing.T) {
	s := &stores{}
	s.take(raw("poison"))
	got, err := json.Marshal(s.envelopes[0])
	require.NoError(t, err)
	assert.JSONEq(t, `{"reason":"undecodable","detail":"not a JSON object: it begins with \"poison\"",
		"vin":"","payload":"cG9pc29u","partitionKey":"key","sequenceNumber":"4960","receivedAt":"2026-11-23T12:00:00Z"}`, string(got))
}

func TestVerdictIsOfTheReceptionNotOfTheRun(t *testing.T) {
	s := &stores{}
	old := messageOf(carOne, 1, noon.AddDate(0, -1, 0), speed(50)) // redriven a month later
	result := s.take(record(t, old))
	assert.Equal(t, 1, result.Counts.Accepted)
	assert.Zero(t, result.Counts.Late)
}

func TestCounts(t *testing.T) {
	s := &stores{}
	late := messageOf(carOne, 1, noon, speed(900))
	late.Signals["Vehicle.Private.Thing"] = telemetry.Text("x")
	late.IngestedAt = noon.Add(6 * time.Minute).UnixMilli()
	i := s.ingester()
	result := i.Handle(t.Context(), []ingest.Record{record(t, late)}, noon.Add(7*time.Minute))
	assert.Equal(t, ingest.Counts{Accepted: 1, Late: 1, Implausible: 1, Unknown: 1, Rows: 1, Lag: time.Minute}, result.Counts)
	state := s.States.All()[carOne]
	assert.True(t, state.Newest.Skewed())
	assert.True(t, state.Signals[telemetry.Speed].Value.IsNull(), "no car drives 900 km/h")
}

func TestFirstFailedRecordIsReported(t *testing.T) {
	boom := errors.New("boom")
	of := func(v vin.VIN) func(s *vehicle.State) error {
		return func(s *vehicle.State) error {
			if s.VIN == v {
				return boom
			}
			return nil
		}
	}
	tests := map[string]struct {
		stores *stores
		want   int
		kept   []string // payloads of quarantined messages
	}{
		"nothing fails":             {&stores{}, -1, []string{"poison1", "poison2"}},
		"a state cannot be written": {&stores{put: of(carTwo)}, 2, []string{"poison1"}},
		"no state can be written":   {&stores{put: func(*vehicle.State) error { return boom }}, 1, []string{"poison1"}},
		"states cannot be read":     {&stores{states: func([]vin.VIN) error { return boom }}, 1, []string{"poison1"}},
		"the last row cannot be written": {&stores{history: func(r []telemetry.Row) ([]ingest.Unstored, error) {
			return []ingest.Unstored{{Row: len(r) - 1, Err: boom}}, boom
		}}, 4, []string{"poison1", "poison2"}},
		"a poison record cannot be kept":  {&stores{kept: kept{refuse: "poison2"}}, 3, []string{"poison1"}},
		"the first record cannot be kept": {&stores{kept: kept{refuse: "poison1"}}, 0, []string{"poison2"}},
		"a poison behind a failure waits": {&stores{put: of(carTwo), kept: kept{refuse: "poison2"}}, 2, []string{"poison1"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			batch := []ingest.Record{
				raw("poison1"), record(t, messageOf(carOne, 1, noon, speed(1))), record(t, messageOf(carTwo, 1, noon, speed(2))),
				raw("poison2"), record(t, messageOf(carOne, 2, noon.Add(time.Second), speed(3))),
			}
			result := tc.stores.take(batch...)
			assert.Equal(t, tc.want, result.FirstFailed)
			assert.Equal(t, tc.want >= 0, len(result.Errors) > 0)
			var payloads []string
			for _, e := range tc.stores.envelopes {
				payloads = append(payloads, string(e.Payload))
			}
			assert.Equal(t, tc.kept, payloads)
		})
	}
}

func TestStaleStateIsReadAgain(t *testing.T) {
	s := &stores{}
	interfered := false
	s.put = func(*vehicle.State) error {
		if interfered {
			return nil
		}
		interfered = true
		other := &ingest.Service{States: &s.States, History: &s.History, Failures: &s.kept, Alerts: s.book(), Cars: &s.cars, Detector: anomaly.New(anomaly.Defaults())}
		other.Handle(context.Background(), []ingest.Record{record(t, messageOf(carOne, 2, noon.Add(time.Second), speed(60)))}, noon)
		return nil
	}
	result := s.take(record(t, messageOf(carOne, 1, noon, telemetry.Signals{telemetry.Speed: telemetry.Number(50), telemetry.FuelLevel: telemetry.Number(40)})))
	require.Empty(t, result.Errors)
	got := s.States.All()[carOne].Signals
	assert.Equal(t, telemetry.Number(60), got[telemetry.Speed].Value)
	assert.Equal(t, telemetry.Number(40), got[telemetry.FuelLevel].Value)
}

func TestStateThatIsAlwaysStaleFailsItsRecord(t *testing.T) {
	s := &stores{put: func(*vehicle.State) error { return ingest.ErrStale }}
	result := s.take(record(t, messageOf(carOne, 1, noon, speed(50))))
	assert.Equal(t, 0, result.FirstFailed)
	assert.EqualValues(t, optimistic.Tries, s.writes.Load())
}

// The same messages in any order, duplication and batching give the same tables.
func TestOrderDuplicatesAndBatchesChangeNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		messages := drive(t, random)
		want := tables(messages, 0, random)
		for range 5 {
			got := tables(shuffled(messages, random), 1+random.IntN(7), random)
			require.Empty(t, difference(want, got), "round %d", round)
		}
	}
}

// drive returns the messages of two cars: with repeated times, overlapping batches, and more unknown signals than a state keeps.
func drive(t *testing.T, random *rand.Rand) []ingest.Record {
	var records []ingest.Record
	for seq := range uint64(25) {
		v := []vin.VIN{carOne, carTwo}[random.IntN(2)]
		m := messageOf(v, seq, noon.Add(time.Duration(random.IntN(10))*time.Second), someSignals(random))
		for range random.IntN(3) {
			m.Batch = append(m.Batch, telemetry.Sample{DtMs: int64(random.IntN(5)-2) * 1000, Signals: someSignals(random)})
		}
		m.IngestedAt = noon.Add(30 * time.Second).UnixMilli()
		records = append(records, record(t, m))
	}
	return records
}

func someSignals(random *rand.Rand) telemetry.Signals {
	s := telemetry.Signals{}
	for range random.IntN(4) {
		s[[]string{telemetry.Speed, telemetry.FuelLevel, telemetry.EngineCoolant}[random.IntN(3)]] = telemetry.Number(float64(random.IntN(3)))
	}
	if random.IntN(4) == 0 {
		s[telemetry.Speed] = telemetry.Null
	}
	for range random.IntN(30) {
		s[fmt.Sprintf("Vehicle.Private.N%d", random.IntN(3*vehicle.MaxUnknown))] = telemetry.Number(float64(random.IntN(3)))
	}
	return s
}

// shuffled returns the records in another order, some of them more than once.
func shuffled(records []ingest.Record, random *rand.Rand) []ingest.Record {
	out := append([]ingest.Record(nil), records...)
	for range random.IntN(10) {
		out = append(out, records[random.IntN(len(records))])
	}
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

type everything struct {
	States  map[vin.VIN]vehicle.State
	History map[[2]string]telemetry.Row
}

// tables returns the stored rows after the records were processed in batches of up to that size (0: all at once), some batches twice.
func tables(records []ingest.Record, size int, random *rand.Rand) everything {
	s := &stores{}
	for from, n := 0, 0; from < len(records); from += n {
		n = len(records) - from
		if size > 0 {
			n = min(n, 1+random.IntN(size))
		}
		s.take(records[from : from+n]...)
		if random.IntN(4) == 0 {
			s.take(records[from : from+n]...)
		}
	}
	e := everything{States: s.States.All(), History: s.History.All()}
	for v, state := range e.States {
		state.Version = 0 // the version counts the writes, which may differ
		e.States[v] = state
	}
	return e
}

// difference summarizes how the tables differ; require.Equal would print megabytes.
func difference(want, got everything) string {
	if len(want.History) != len(got.History) || len(want.States) != len(got.States) {
		return fmt.Sprintf("%d rows and %d states instead of %d and %d", len(got.History), len(got.States), len(want.History), len(want.States))
	}
	for key, row := range want.History {
		if !reflect.DeepEqual(row, got.History[key]) {
			return fmt.Sprintf("row %v: %v instead of %v", key, got.History[key], row)
		}
	}
	for v, state := range want.States {
		if !reflect.DeepEqual(state.Newest, got.States[v].Newest) {
			return fmt.Sprintf("newest message of %s: %v instead of %v", v, got.States[v].Newest, state.Newest)
		}
		for path := range state.Signals {
			if !reflect.DeepEqual(state.Signals[path], got.States[v].Signals[path]) {
				return fmt.Sprintf("%s of %s: %v instead of %v", path, v, got.States[v].Signals[path], state.Signals[path])
			}
		}
		if len(state.Signals) != len(got.States[v].Signals) {
			return fmt.Sprintf("%d signals of %s instead of %d", len(got.States[v].Signals), v, len(state.Signals))
		}
	}
	return ""
}
