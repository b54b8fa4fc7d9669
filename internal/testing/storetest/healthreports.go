package storetest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/names"
	"connectedcar/internal/paging"
)

// HealthReportsStore is a store of health reports to which the IoT rule writes too.
type HealthReportsStore interface {
	healthreport.Store
	// PutSent writes a car's report over any row with its id, as the IoT rule does.
	PutSent(ctx context.Context, fields map[string]any) error
}

// sentReport is a report as the IoT rule writes it.
func sentReport(at time.Time) map[string]any {
	id := alert.ID(at, "report")
	return map[string]any{
		"message": map[string]any{
			"schema": "healthreport/1", "id": id, "ts": at.Format(names.TimestampLayout), "odometerM": 12_000_000,
			"systems": map[string]any{"engine": "OK", "brakes": "OK", "tyres": "ATTENTION", "battery": "OK", "emissions": "UNKNOWN", "service": "SERVICE"},
			"dtcs":    []any{"P0301"}, "serviceDistanceM": -1000,
		},
		"reportId": id, "vin": string(carOne), "clientId": string(carOne), "ingestedAt": at.UnixMilli(),
	}
}

// flat is a report in the former format of the rule, with the stamps among the car's members.
func flat(report map[string]any) map[string]any {
	out := maps.Clone(report)
	maps.Copy(out, sentOf(report))
	delete(out, "message")
	return out
}

// sentOf returns the car's own members of a report.
func sentOf(report map[string]any) map[string]any { return report["message"].(map[string]any) }

// HealthReports tests a store of health reports; empty makes a new store.
func HealthReports(t *testing.T, empty func(t *testing.T) HealthReportsStore) {
	pending := healthreport.Report{VIN: carOne, ID: alert.ID(noon, "asked"), Progress: healthreport.Pending, RequestedAt: noon, RequestedBy: "u"}
	odometer, left := int64(12_000_000), int64(-1000)
	t.Run("what a car sent is read as a report", func(t *testing.T) {
		s := empty(t)
		fields := sentReport(noon)
		require.NoError(t, s.PutSent(t.Context(), fields))
		got, err := s.Report(t.Context(), carOne, fields["reportId"].(string)) // sentReport sets a string
		require.NoError(t, err)
		assert.Equal(t, healthreport.Report{
			VIN: carOne, ID: alert.ID(noon, "report"), Progress: healthreport.Ready, Source: healthreport.ByCar, TS: noon, OdometerM: &odometer,
			Systems: map[healthreport.System]healthreport.Status{
				healthreport.Engine: healthreport.OK, healthreport.Brakes: healthreport.OK, healthreport.Tyres: healthreport.Attention, healthreport.Battery: healthreport.OK,
				healthreport.Emissions: healthreport.Unknown, healthreport.Servicing: healthreport.Service,
			},
			DTCs: []string{"P0301"}, ServiceDistanceM: &left,
		}, got)
	})
	t.Run("a report that an earlier rule wrote is read", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.PutSent(t.Context(), flat(sentReport(noon))))
		got, err := s.Report(t.Context(), carOne, alert.ID(noon, "report"))
		require.NoError(t, err)
		assert.Equal(t, []string{"P0301"}, got.DTCs)
	})
	t.Run("a car writes no report of the platform's", func(t *testing.T) {
		forge := map[string]any{"progress": "READY", "report": `{"VIN":"` + string(carTwo) + `","ID":"x","Source":"composed"}`}
		for name, write := range map[string]func(map[string]any) map[string]any{"nested": maps.Clone[map[string]any], "flat": flat} {
			s := empty(t)
			fields := sentReport(noon)
			maps.Copy(sentOf(fields), forge)
			require.NoError(t, s.PutSent(t.Context(), write(fields)))
			_, err := s.Report(t.Context(), carOne, alert.ID(noon, "report"))
			assert.ErrorIs(t, err, healthreport.ErrUnreadable, name)
		}
	})
	t.Run("a report that was never asked for nor sent is not found", func(t *testing.T) {
		_, err := empty(t).Report(t.Context(), carOne, pending.ID)
		assert.ErrorIs(t, err, healthreport.ErrNotFound)
	})
	t.Run("a pending report becomes ready once", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.PutPending(t.Context(), pending))
		require.NoError(t, s.PutPending(t.Context(), pending))
		got, err := s.Report(t.Context(), carOne, pending.ID)
		require.NoError(t, err)
		assert.Equal(t, pending, got)
		ready := pending
		ready.Progress, ready.Source, ready.TS, ready.DTCs = healthreport.Ready, healthreport.Composed, noon.Add(time.Minute), []string{}
		ready.Systems = map[healthreport.System]healthreport.Status{healthreport.Engine: healthreport.OK}
		ready.Findings = []healthreport.Finding{{System: healthreport.Engine, Status: healthreport.OK, Detail: "d"}}
		for _, want := range []bool{true, false} {
			written, err := s.PutReady(t.Context(), ready)
			require.NoError(t, err)
			assert.Equal(t, want, written)
		}
		got, err = s.Report(t.Context(), carOne, pending.ID)
		require.NoError(t, err)
		assert.Equal(t, ready, got)
	})
	t.Run("what the car sent meanwhile stays", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.PutPending(t.Context(), pending))
		fields := sentReport(noon)
		sentOf(fields)["id"], fields["reportId"] = pending.ID, pending.ID
		require.NoError(t, s.PutSent(t.Context(), fields))
		require.NoError(t, s.PutPending(t.Context(), pending), "a request that is tried again")
		written, err := s.PutReady(t.Context(), pending)
		require.NoError(t, err)
		assert.False(t, written)
		got, err := s.Report(t.Context(), carOne, pending.ID)
		require.NoError(t, err)
		assert.Equal(t, healthreport.ByCar, got.Source)
	})
	t.Run("lists are newest first and say what is unreadable", func(t *testing.T) { healthLists(t, empty(t)) })
}

func healthLists(t *testing.T, s HealthReportsStore) {
	t.Helper()
	for n := range 5 {
		fields := sentReport(noon.Add(time.Duration(n) * time.Hour))
		if n == 2 {
			sentOf(fields)["systems"] = "all well"
		}
		require.NoError(t, s.PutSent(t.Context(), fields))
	}
	other := maps.Clone(sentReport(noon))
	other["vin"], other["clientId"] = string(carTwo), string(carTwo)
	require.NoError(t, s.PutSent(t.Context(), other))
	read := func(f healthreport.Filter) (times []time.Time, bad int) {
		for p := (paging.Request{Limit: 2}); ; {
			part, unreadable, err := s.Reports(t.Context(), carOne, f, p)
			require.NoError(t, err)
			for _, why := range unreadable {
				require.ErrorIs(t, why, healthreport.ErrUnreadable)
			}
			bad += len(unreadable)
			for _, r := range part.Items {
				times = append(times, r.TS)
			}
			if p.After = part.Next; p.After == "" {
				return times, bad
			}
		}
	}
	times, bad := read(healthreport.Filter{})
	assert.Equal(t, []time.Time{noon.Add(4 * time.Hour), noon.Add(3 * time.Hour), noon.Add(time.Hour), noon}, times)
	assert.Equal(t, 1, bad)
	times, bad = read(healthreport.Filter{Since: noon.Add(3 * time.Hour)})
	assert.Equal(t, []time.Time{noon.Add(4 * time.Hour), noon.Add(3 * time.Hour)}, times)
	assert.Zero(t, bad)
	_, err := s.Report(t.Context(), carOne, alert.ID(noon.Add(2*time.Hour), "report"))
	assert.ErrorIs(t, err, healthreport.ErrUnreadable)
}
