package timeseries_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

// heavy returns a reader of n samples of 30 KB each, one per step: a speed, and texts that no query selects.
func heavy(t testing.TB, start time.Time, n int, step time.Duration) (timeseries.Reader, *measured) {
	t.Helper()
	ballast := telemetry.Signals{}
	for i := 0; ballast.Size() < 30<<10; i++ {
		ballast[fmt.Sprintf("Vehicle.Ballast.S%d", i)] = telemetry.Text(strings.Repeat("x", telemetry.MaxText))
	}
	h := &memory.History{}
	for i := range n {
		signals := ballast.Merge(telemetry.Signals{telemetry.Speed: telemetry.Number(float64(i))})
		_, err := h.PutRows(t.Context(), []telemetry.Row{{VIN: car, At: start.Add(time.Duration(i) * step), Seq: uint64(i), BootID: "b", Signals: signals}})
		require.NoError(t, err)
	}
	m := &measured{history: h}
	return timeseries.Reader{History: m, Retention: 14 * 24 * time.Hour, Now: func() time.Time { return noon }}, m
}

// measured sums the bytes that reads were permitted to scan.
type measured struct {
	history *memory.History
	allowed int
}

func (m *measured) Stretch(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error) {
	m.allowed += telemetry.MaxRead(limit)
	return m.history.Stretch(ctx, v, from, to, limit, paths...)
}

const megabyte = 1 << 20

// A car that sends samples of 30 KB must not make a request read gigabytes: pages end early, but the series is complete.
func TestAPageEndsWhenItHasReadItsBytes(t *testing.T) {
	start := noon.Add(-time.Hour)
	r, read := heavy(t, start, 2_000, time.Second)
	for name, q := range map[string]timeseries.Query{
		"samples":                      {Limit: timeseries.MaxLimit},
		"averages over the whole time": {Interval: 24 * time.Hour},
		"averages over minutes":        {Interval: time.Minute, Limit: timeseries.MaxLimit},
		"a signal that is nowhere":     {Paths: []string{telemetry.FuelLevel}},
	} {
		t.Run(name, func(t *testing.T) {
			q.From, q.To, q.VIN = start, noon, car
			if q.Paths == nil {
				q.Paths = []string{telemetry.Speed}
			}
			pages, samples := 0, 0
			for pages == 0 || q.After != "" {
				read.allowed = 0
				p, err := r.Read(t.Context(), q)
				require.NoError(t, err)
				require.LessOrEqual(t, read.allowed, 48*megabyte)
				pages, samples, q.After = pages+1, samples+len(p.Items), p.Next
				require.Less(t, pages, 1000)
			}
			assert.GreaterOrEqual(t, pages, 2_000*30/1024/48, "the series has 58 MB")
			switch name {
			case "samples":
				assert.Equal(t, 2_000, samples)
			case "averages over minutes":
				assert.Equal(t, 34, samples)
			}
		})
	}
}

// If the samples of one time are more than a page may read, the rest of that time is skipped and the series continues.
func TestAMomentWithMoreThanAPageMayReadIsPassed(t *testing.T) {
	start := noon.Add(-time.Hour)
	r, _ := heavy(t, start, 1_000, 0)
	_, err := r.History.(*measured).history.PutRows(t.Context(), []telemetry.Row{
		{VIN: car, At: start.Add(time.Second), Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(-1)}},
	})
	require.NoError(t, err)
	for name, paths := range map[string][]string{"with the signal": {telemetry.Speed}, "without it": {telemetry.FuelLevel}} {
		t.Run(name, func(t *testing.T) {
			got, _ := all(t, r, timeseries.Query{From: start, To: noon, Paths: paths})
			if len(paths) == 1 && paths[0] == telemetry.Speed {
				assert.InDelta(t, -1, speeds(got)[len(got)-1], 0, "what comes after the moment")
			}
		})
	}
}
