package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

const car vin.VIN = "WVWZZZ1JZXW000001"

// kept is a failure queue in memory.
type kept struct{ envelopes []ingest.Envelope }

func (k *kept) Keep(_ context.Context, envelopes []ingest.Envelope) ([]int, error) {
	k.envelopes = append(k.envelopes, envelopes...)
	return nil, nil
}

type brokenHistory struct{ from uint64 }

func (b brokenHistory) PutRows(_ context.Context, rows []telemetry.Row) ([]ingest.Unstored, error) {
	var left []ingest.Unstored
	boom := errors.New("boom")
	for n, r := range rows {
		if r.Seq >= b.from {
			left = append(left, ingest.Unstored{Row: n, Err: boom})
		}
	}
	return left, boom
}

type fixture struct {
	*handler
	states       memory.States
	history      memory.History
	kept         kept
	alerts       memory.Alerts
	cars         memory.Vehicles
	log, metrics bytes.Buffer
}

// over returns a Service on the fixture's stores and that history.
func (f *fixture) over(history ingest.History) *ingest.Service {
	return &ingest.Service{
		States: &f.states, History: history, Failures: &f.kept, Alerts: alert.NewService(&f.alerts, &f.cars), Cars: &f.cars,
		Detector: anomaly.New(anomaly.Defaults()),
	}
}

func newFixture() *fixture {
	f := &fixture{}
	f.handler = &handler{
		ingester: f.over(&f.history),
		log:      slog.New(slog.NewJSONHandler(&f.log, nil)), metrics: &f.metrics, function: "telemetry",
		now: func() time.Time { return time.UnixMilli(1795435200512) },
	}
	return f
}

// realEvent returns a recorded event of the stream: a message, and a record that is not one.
func realEvent(t testing.TB) events.KinesisEvent {
	t.Helper()
	b, err := os.ReadFile("testdata/kinesis.json")
	require.NoError(t, err)
	var e events.KinesisEvent
	require.NoError(t, json.Unmarshal(b, &e))
	return e
}

func TestRealEvent(t *testing.T) {
	f := newFixture()
	out, err := f.handle(t.Context(), realEvent(t))
	require.NoError(t, err)
	assert.Empty(t, out.BatchItemFailures)
	state := f.states.All()[car]
	assert.Equal(t, telemetry.Number(48.6), state.Signals[telemetry.Speed].Value)
	assert.Equal(t, telemetry.Null, state.Signals[telemetry.EngineOil].Value)
	assert.Equal(t, telemetry.Texts(), state.Signals[telemetry.DTCList].Value)
	assert.Len(t, f.history.All(), 2)
	require.Len(t, f.kept.envelopes, 1)
	assert.Equal(t, "49673986240915836193174521845126789347561209834756120835", f.kept.envelopes[0].SequenceNumber)
	assert.Equal(t, "not a message", string(f.kept.envelopes[0].Payload))
	assert.Equal(t, int64(1795435200035), f.kept.envelopes[0].ReceivedAt.UnixMilli())

	for _, want := range []string{`"MessagesAccepted":1`, `"MessagesQuarantined":1`, `"SamplesStored":2`, `"IngestLag":500`, `"Reason":"undecodable"`} {
		assert.Contains(t, f.metrics.String(), want)
	}
	for _, secret := range []string{"48.137", "11.576", "not a message", string(car)} {
		assert.NotContains(t, f.log.String()+f.metrics.String(), secret)
	}
}

func TestLogsHoldNoPosition(t *testing.T) {
	f := newFixture()
	e := realEvent(t)
	e.Records[0].Kinesis.Data = bytes.Replace(e.Records[0].Kinesis.Data, []byte(`Latitude":48.137154`), []byte(`Latitude":"48.137154"`), 1)
	_, err := f.handle(t.Context(), e)
	require.NoError(t, err)
	require.Len(t, f.kept.envelopes, 2)
	assert.Contains(t, f.kept.envelopes[0].Detail, "48.137154", "who repairs the message needs the value")
	assert.NotContains(t, f.log.String(), "48.137")
}

func TestQuarantinedMessagesAreCountedByCar(t *testing.T) {
	f := newFixture()
	e := batch(t, 7, 2)
	for n := range 5 {
		e.Records[n].Kinesis.Data = bytes.Replace(e.Records[n].Kinesis.Data, []byte(`"bootId":"`), []byte(`"bootId":"?`), 1)
	}
	_, err := f.handle(t.Context(), e)
	require.NoError(t, err)
	assert.Contains(t, f.metrics.String(), `"CarsQuarantined":2`)
	assert.Contains(t, f.log.String(), `"vin":"WVW**********0000","count":3`)
	assert.Contains(t, f.log.String(), `"vin":"WVW**********0001","count":2`)
	assert.Equal(t, 2, strings.Count(f.log.String(), "messages quarantined"))
}

func TestLowestFailedSequenceNumberIsReported(t *testing.T) {
	f := newFixture()
	f.ingester = f.over(brokenHistory{from: 3})
	e := batch(t, 6, 1)
	out, err := f.handle(t.Context(), e)
	require.NoError(t, err)
	assert.Equal(t, []events.KinesisBatchItemFailure{{ItemIdentifier: e.Records[3].Kinesis.SequenceNumber}}, out.BatchItemFailures)
	assert.Contains(t, f.metrics.String(), `"RecordsRetried":3`)
	assert.Contains(t, f.metrics.String(), `"MessagesAccepted":3`)
	assert.Contains(t, f.log.String(), "boom")
}

func TestStartNamesEveryMissingSetting(t *testing.T) {
	for _, name := range []string{"VEHICLE_STATE_TABLE", "TELEMETRY_TABLE", "FAILURE_QUEUE_URL", "ALERTS_TABLE", "VEHICLES_TABLE"} {
		t.Setenv(name, "")
	}
	t.Setenv("TELEMETRY_RETENTION", "14 days")
	_, err := wire(t.Context(), slog.New(slog.DiscardHandler))
	for _, want := range []string{"VEHICLE_STATE_TABLE is not set", "FAILURE_QUEUE_URL is not set", "ALERTS_TABLE is not set", "VEHICLES_TABLE is not set", `TELEMETRY_RETENTION is "14 days"; allowed is a positive duration`} {
		assert.ErrorContains(t, err, want)
	}
}

// batch returns an event with so many messages of so many cars.
func batch(t testing.TB, records, cars int) events.KinesisEvent {
	t.Helper()
	like := realEvent(t).Records[0]
	e := events.KinesisEvent{Records: make([]events.KinesisEventRecord, records)}
	for n := range e.Records {
		var m map[string]any
		require.NoError(t, json.Unmarshal(like.Kinesis.Data, &m))
		v := fmt.Sprintf("WVWZZZ1JZXW%06d", n%cars)
		m["vin"], m["clientId"] = v, v
		sent := m["message"].(map[string]any)
		sent["seq"], sent["ts"] = n, time.UnixMilli(1795435100000+int64(n)*100).UTC().Format(names.TimestampLayout)
		data, err := json.Marshal(m)
		require.NoError(t, err)
		e.Records[n] = like
		e.Records[n].Kinesis.Data, e.Records[n].Kinesis.PartitionKey, e.Records[n].Kinesis.SequenceNumber = data, v, fmt.Sprintf("4967%020d", n)
	}
	return e
}

// BenchmarkHandle measures the function's own work on a full batch, with tables in memory.
func BenchmarkHandle(b *testing.B) {
	for _, cars := range []int{1, 100, 500} {
		b.Run(fmt.Sprintf("500 messages of %d cars", cars), func(b *testing.B) {
			e := batch(b, 500, cars)
			bytes := 0
			for _, r := range e.Records {
				bytes += len(r.Kinesis.Data)
			}
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				f := newFixture()
				out, err := f.handle(b.Context(), e)
				if err != nil || len(out.BatchItemFailures) > 0 {
					b.Fatal(out, err)
				}
			}
			b.ReportMetric(float64(b.N*len(e.Records))/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// The stubs of the tables return at once, so that only the function's own work is measured, from the stream's record to the writes.
type stubbedStates struct{}

func (stubbedStates) States(_ context.Context, cars []vin.VIN) (map[vin.VIN]*vehicle.State, error) {
	states := make(map[vin.VIN]*vehicle.State, len(cars))
	for _, v := range cars {
		states[v] = vehicle.NewState(v)
	}
	return states, nil
}

func (stubbedStates) PutState(context.Context, *vehicle.State) error { return nil }

type stubbedHistory struct{}

func (stubbedHistory) PutRows(context.Context, []telemetry.Row) ([]ingest.Unstored, error) {
	return nil, nil
}

// BenchmarkDecide measures the handler with stubbed tables, on records of one car's drive and of many cars.
//
// The scanner does not accept a message with an escape in its JSON: "by encoding/json" measures the function without the scanner.
func BenchmarkDecide(b *testing.B) {
	for _, c := range []struct {
		cars int
		by   string
	}{{1, ""}, {50, ""}, {500, ""}, {500, " by encoding/json"}} {
		b.Run(fmt.Sprintf("500 messages of %d cars%s", c.cars, c.by), func(b *testing.B) {
			e := batch(b, 500, c.cars)
			for n := range e.Records {
				if c.by != "" {
					e.Records[n].Kinesis.Data = bytes.Replace(e.Records[n].Kinesis.Data, []byte(`"schema"`), []byte(`"\u0073chema"`), 1)
				}
			}
			f := newFixture()
			i := f.over(stubbedHistory{})
			i.States = stubbedStates{}
			f.ingester = i
			b.ReportAllocs()
			for b.Loop() {
				f.metrics.Reset()
				out, err := f.handle(b.Context(), e)
				if err != nil || len(out.BatchItemFailures) > 0 {
					b.Fatal(out, err)
				}
			}
			b.ReportMetric(float64(b.N*len(e.Records))/b.Elapsed().Seconds(), "records/s")
		})
	}
}
