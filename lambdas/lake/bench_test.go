package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/lake"
)

const megabyte = 1 << 20

// twelve is a message of twelve signals, as simulated cars send them, a little more than they say on average.
const twelve = `{"message":{"schema":"telemetry/1","id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","ts":"2026-11-23T12:59:59.900Z","bootId":"b7","seq":42,"signals":{` +
	`"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":123456,"Vehicle.CurrentLocation.Latitude":48.137154,` +
	`"Vehicle.CurrentLocation.Longitude":11.576124,"Vehicle.LowVoltageSystemState":"ON","Vehicle.LowVoltageBattery.CurrentVoltage":14.1,` +
	`"Vehicle.Powertrain.CombustionEngine.Speed":2100,"Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature":91,` +
	`"Vehicle.Powertrain.FuelSystem.RelativeLevel":61.5,"Vehicle.Chassis.Brake.PedalPosition":0,"Vehicle.Cabin.HVAC.AmbientAirTemperature":21,` +
	`"Vehicle.Diagnostics.DTCCount":0}},"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795438800000}`

// filled is a batch of so many bytes of messages, as Firehose hands it over, and how many records it has.
func filled(tb testing.TB, bytes int) (json.RawMessage, int) {
	tb.Helper()
	var in events.KinesisFirehoseEvent
	for size := 0; size < bytes; size += len(twelve) {
		in.Records = append(in.Records, events.KinesisFirehoseEventRecord{
			RecordID: fmt.Sprintf("%056d", size), Data: []byte(twelve),
			KinesisFirehoseRecordMetadata: events.KinesisFirehoseRecordMetadata{PartitionKey: "WVWZZZ1JZXW000001"},
		})
	}
	b, err := json.Marshal(in)
	require.NoError(tb, err)
	return b, len(in.Records)
}

// patient takes what is put back.
type patient struct{ outside }

func (*patient) PutBack(context.Context, []lake.Record) ([]int, error) { return nil, nil }

// limited is the function with answers of so many bytes.
func limited(maxBytes int) *handler {
	o := &patient{}
	return &handler{
		transformer: &lake.Transformer{Models: o, Failures: o, Stream: o, MaxBytes: maxBytes},
		log:         slog.New(slog.DiscardHandler), metrics: io.Discard, now: time.Now, function: "lake",
	}
}

// tuned has the test run with the function's own settings of its memory.
func tuned(tb testing.TB) {
	tb.Helper()
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	tune()
	tb.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// BenchmarkHandle is a run of the function from the bytes of its event to those of its answer: JSON and base64 both ways, and rows
// between them. Firehose hands over batches of 0.8 MB, whose answers fit; of 6 MB most is put back, for want of room, and
// counts as a record though it costs less than one whose rows are made: all rows is the same batch without that limit. heap-MiB is the
// most that the process ever had of the system, so each size tells its own only when it runs alone or after smaller ones.
func BenchmarkHandle(b *testing.B) {
	for _, c := range []struct {
		name            string
		megabytes       float64
		maxAnswerLength int
	}{{"0.8 MB", 0.8, maxAnswer}, {"6 MB", 6, maxAnswer}, {"6 MB, all rows", 6, 1 << 30}} {
		b.Run(c.name, func(b *testing.B) {
			tuned(b)
			h := limited(c.maxAnswerLength)
			event, n := filled(b, int(c.megabytes*megabyte))
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				answered(b, h, event)
			}
			made := float64(n * b.N)
			b.ReportMetric(made/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(made/(processorTime(b)-before).Seconds(), "records/cpu-s")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/megabyte, "heap-MiB")
		})
	}
}

func answered(tb testing.TB, h *handler, event json.RawMessage) int {
	tb.Helper()
	b, err := h.Invoke(tb.Context(), event)
	require.NoError(tb, err)
	return len(b)
}

// processorTime is this process's processor time on all cores, collection of garbage included.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestMemoryIsFlatFromBatchToBatch: what a batch of 6 MB leaves behind does not grow with the number of batches.
func TestMemoryIsFlatFromBatchToBatch(t *testing.T) {
	tuned(t)
	h := limited(1 << 30) // the worst: nothing is put back
	event, _ := filled(t, 6*megabyte)
	after := func(batches int) float64 {
		for range batches {
			require.Greater(t, answered(t, h, event), 6*megabyte)
		}
		for range 3 { // pools let go of what they hold at the second collection
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / megabyte
	}
	first, last := after(1), after(3)
	runtime.KeepAlive(h) // or the last measure would be of a function that is collected already, with all that it leaked
	runtime.KeepAlive(event)
	t.Logf("%.1f MiB are held after one batch, %.1f after four", first, last)
	assert.LessOrEqual(t, last, first+1)
}
