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

// twelve is a message of twelve signals, as from a simulated car, slightly larger than the average one.
const twelve = `{"message":{"schema":"telemetry/1","id":"01JD0W2V6X9Q1Z3A5B7C9D1E3F","ts":"2026-11-23T12:59:59.900Z","bootId":"b7","seq":42,"signals":{` +
	`"Vehicle.Speed":87.5,"Vehicle.TraveledDistance":123456,"Vehicle.CurrentLocation.Latitude":48.137154,` +
	`"Vehicle.CurrentLocation.Longitude":11.576124,"Vehicle.LowVoltageSystemState":"ON","Vehicle.LowVoltageBattery.CurrentVoltage":14.1,` +
	`"Vehicle.Powertrain.CombustionEngine.Speed":2100,"Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature":91,` +
	`"Vehicle.Powertrain.FuelSystem.RelativeLevel":61.5,"Vehicle.Chassis.Brake.PedalPosition":0,"Vehicle.Cabin.HVAC.AmbientAirTemperature":21,` +
	`"Vehicle.Diagnostics.DTCCount":0}},"vin":"WVWZZZ1JZXW000001","clientId":"WVWZZZ1JZXW000001","ingestedAt":1795438800000}`

// filled returns a batch of messages of about that many bytes, as Firehose sends it, and the number of its records.
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

// patient accepts all records that are put back.
type patient struct{ outside }

func (*patient) PutBack(context.Context, []lake.Record) ([]int, error) { return nil, nil }

// limited returns the function's handler with a limit for its response.
func limited(maxBytes int) *handler {
	o := &patient{}
	return &handler{
		transformer: &lake.Transformer{Models: o, Failures: o, Stream: o, MaxBytes: maxBytes},
		log:         slog.New(slog.DiscardHandler), metrics: io.Discard, now: time.Now, function: "lake",
	}
}

// tuned runs the test with the function's own memory settings.
func tuned(tb testing.TB) {
	tb.Helper()
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(-1)
	tune()
	tb.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// BenchmarkHandle measures a run of the function from the bytes of its event to those of its response: JSON and base64 both ways, and rows
// between them. Firehose sends batches of 0.8 MB, whose responses fit. Most of a batch of 6 MB is put back, as there is no room for it;
// these records count though they cost less than one whose rows are made. "all rows" is the same batch without that limit. heap-MiB is the
// most memory that the process ever had from the system, so a size is measured correctly only if it runs alone or after smaller ones.
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

// processorTime returns this process's processor time on all cores, including garbage collection.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestMemoryIsFlatFromBatchToBatch checks that the memory in use after a batch of 6 MB does not grow with the number of batches.
func TestMemoryIsFlatFromBatchToBatch(t *testing.T) {
	tuned(t)
	h := limited(1 << 30) // the worst case: nothing is put back
	event, _ := filled(t, 6*megabyte)
	after := func(batches int) float64 {
		for range batches {
			require.Greater(t, answered(t, h, event), 6*megabyte)
		}
		for range 3 { // sync.Pool releases its objects at the second collection
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / megabyte
	}
	first, last := after(1), after(3)
	runtime.KeepAlive(h) // otherwise the handler, and all memory that it leaked, could be collected before the last measurement
	runtime.KeepAlive(event)
	t.Logf("%.1f MiB are held after one batch, %.1f after four", first, last)
	assert.LessOrEqual(t, last, first+1)
}
