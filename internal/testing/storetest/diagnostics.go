package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// DiagnosticsStore is a store of faults.
type DiagnosticsStore interface {
	diagnostic.Store
	Record(ctx context.Context, v vin.VIN, id string) (diagnostic.Record, error)
	Records(ctx context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error)
	Worklist(ctx context.Context, dealerID string, p paging.Request) (paging.Page[diagnostic.Record], error)
	Erase(ctx context.Context, v vin.VIN, before time.Time) error
}

// Diagnostics tests a store of faults; empty makes a new store.
func Diagnostics(t *testing.T, empty func(t *testing.T) DiagnosticsStore) {
	t.Run("journals", func(t *testing.T) { diagnosticJournals(t, empty) })
	t.Run("faults", func(t *testing.T) { diagnosticRecords(t, empty) })
	t.Run("lists", func(t *testing.T) { diagnosticLists(t, empty) })
	t.Run("places are erased of the freeze frames of before a time", func(t *testing.T) { frameErasure(t, empty(t)) })
}

func frameErasure(t *testing.T, s DiagnosticsStore) {
	t.Helper()
	for n, seen := range []time.Time{noon, noon.Add(time.Hour)} {
		r := openFault(carOne, dtc.Code(0x0301+n), seen) // n is small: no overflow
		r.Frame = alert.ID(seen, "message")
		frame := telemetry.Signals{telemetry.Speed: telemetry.Number(1), telemetry.Latitude: telemetry.Number(48)}
		require.NoError(t, s.PutFrames(t.Context(), carOne, r.Frame, map[string]telemetry.Signals{r.Key(): frame}))
		commit(t, s, carOne, []diagnostic.Record{r})
	}
	for range 2 {
		require.NoError(t, s.Erase(t.Context(), carOne, noon.Add(time.Minute)))
	}
	for id, signals := range map[string]int{"OPEN#P0301#ECM": 1, "OPEN#P0302#ECM": 2} {
		r, err := s.Record(t.Context(), carOne, id)
		require.NoError(t, err)
		assert.Len(t, r.FreezeFrame, signals)
	}
}

func openFault(v vin.VIN, code dtc.Code, seen time.Time) diagnostic.Record {
	f := dtc.Fault{Code: code}
	return diagnostic.Record{
		VIN: string(v), ID: diagnostic.OpenPrefix + diagnostic.Key(f, "ECM"), Status: diagnostic.Open, Fault: f, ECU: "ECM",
		Severity: alert.High, FirstSeen: seen, LastSeen: seen, Count: 1,
	}
}

func closedFault(v vin.VIN, code dtc.Code, seen time.Time) diagnostic.Record {
	r := openFault(v, code, seen)
	r.ID = diagnostic.HistoryPrefix + alert.ID(seen, r.Key())
	r.Status, r.ClosedAt, r.ClosedBy = diagnostic.Closed, seen.Add(time.Hour), diagnostic.BySnapshot
	return r
}

// commit writes records together with the car's journal.
func commit(t *testing.T, s DiagnosticsStore, v vin.VIN, put []diagnostic.Record, remove ...string) {
	t.Helper()
	j, err := s.Journal(t.Context(), v)
	require.NoError(t, err)
	require.NoError(t, s.Commit(t.Context(), j, put, remove))
}

func diagnosticJournals(t *testing.T, empty func(t *testing.T) DiagnosticsStore) {
	t.Run("a car without faults has an empty journal", func(t *testing.T) {
		j, err := empty(t).Journal(t.Context(), carOne)
		require.NoError(t, err)
		assert.Equal(t, diagnostic.Journal{VIN: carOne}, j)
	})
	t.Run("of two who read one version one is stale, and writes nothing", func(t *testing.T) {
		s := empty(t)
		for round := range 2 { // first without a row, then with one
			a, err := s.Journal(t.Context(), carOne)
			require.NoError(t, err)
			require.Equal(t, int64(round), a.Version)
			b := a
			a.DealerID = fmt.Sprint("d", round)
			require.NoError(t, s.Commit(t.Context(), a, nil, nil))
			require.ErrorIs(t, s.Commit(t.Context(), b, []diagnostic.Record{openFault(carOne, 1, noon)}, nil), diagnostic.ErrStale)
			after, err := s.Journal(t.Context(), carOne)
			require.NoError(t, err)
			assert.Equal(t, a.DealerID, after.DealerID)
		}
		list, err := s.Records(t.Context(), carOne, diagnostic.Filter{}, paging.Request{})
		require.NoError(t, err)
		assert.Empty(t, list.Items)
	})
	t.Run("as many changes as are allowed go at once", func(t *testing.T) {
		s := empty(t)
		var put []diagnostic.Record
		for n := range diagnostic.MaxChanges {
			put = append(put, openFault(carOne, dtc.Code(n), noon)) // n is small: no overflow
		}
		commit(t, s, carOne, put)
		list, err := s.Records(t.Context(), carOne, diagnostic.Filter{}, paging.Request{Limit: paging.MaxLimit})
		require.NoError(t, err)
		assert.Len(t, list.Items, diagnostic.MaxChanges)
	})
}

func diagnosticRecords(t *testing.T, empty func(t *testing.T) DiagnosticsStore) {
	t.Run("a fault that never was is not found", func(t *testing.T) {
		_, err := empty(t).Record(t.Context(), carOne, "OPEN#P0301#ECM")
		assert.ErrorIs(t, err, diagnostic.ErrNotFound)
	})
	t.Run("what is beside the faults in the table is no fault", func(t *testing.T) {
		s := empty(t)
		commit(t, s, carOne, nil)
		for _, id := range []string{"~journal", "FRAME#m"} {
			_, err := s.Record(t.Context(), carOne, id)
			assert.ErrorIs(t, err, diagnostic.ErrNotFound)
		}
	})
	t.Run("a fault comes back as it was put, with its freeze frame", func(t *testing.T) {
		s := empty(t)
		odometer := int64(12_000_000)
		full := closedFault(carOne, 0x0301, noon)
		full.Fault = dtc.Fault{Code: 0x0301, Type: 0, HasType: true}
		full.StatusByte, full.Description, full.DealerID, full.Count, full.MIL = 0xFF, "d", "dealer", 3, true
		full.TripID, full.OdometerM, full.Frame = "t", &odometer, "m"
		full.AcknowledgedBy, full.AcknowledgedAt, full.ClearedBy = "u", noon.Add(time.Minute), "v"
		frame := everyKind()
		delete(frame, "Vehicle.Small") // this number is too small for a table, but not for JSON
		require.NoError(t, s.PutFrames(t.Context(), carOne, "m", map[string]telemetry.Signals{full.Key(): frame, "other": {}}))
		commit(t, s, carOne, []diagnostic.Record{full})
		got, err := s.Record(t.Context(), carOne, full.ID)
		require.NoError(t, err)
		full.FreezeFrame = frame
		assert.Equal(t, full, got)
		list, err := s.Records(t.Context(), carOne, diagnostic.Filter{}, paging.Request{})
		require.NoError(t, err)
		assert.Equal(t, []diagnostic.Record{full}, list.Items)
	})
	t.Run("a fault without anything optional comes back so", func(t *testing.T) {
		s := empty(t)
		plain := openFault(carOne, 0x0301, noon)
		commit(t, s, carOne, []diagnostic.Record{plain})
		got, err := s.Record(t.Context(), carOne, plain.ID)
		require.NoError(t, err)
		assert.Equal(t, plain, got)
	})
	t.Run("a fault that ends leaves the list of open ones in the same step", func(t *testing.T) {
		s := empty(t)
		open, over := openFault(carOne, 0x0301, noon), closedFault(carOne, 0x0301, noon)
		commit(t, s, carOne, []diagnostic.Record{open})
		commit(t, s, carOne, []diagnostic.Record{over}, open.ID)
		list, err := s.Records(t.Context(), carOne, diagnostic.Filter{}, paging.Request{})
		require.NoError(t, err)
		assert.Equal(t, []diagnostic.Record{over}, list.Items)
	})
}

func diagnosticLists(t *testing.T, empty func(t *testing.T) DiagnosticsStore) {
	s := empty(t)
	var all []diagnostic.Record
	for n := range 3 {
		open := openFault(carOne, dtc.Code(0x0303-n), noon.Add(time.Duration(n)*time.Minute)) // n is small: no overflow
		open.DealerID = "d1"
		all = append(all, open)
	}
	for n := range 4 {
		all = append(all, closedFault(carOne, 0x0100, noon.Add(-time.Duration(n)*time.Hour)))
	}
	commit(t, s, carOne, all)
	other := openFault(carTwo, 0x0500, noon.Add(90*time.Second))
	other.DealerID = "d1"
	commit(t, s, carTwo, []diagnostic.Record{other})
	ids := func(records []diagnostic.Record) (list []string) {
		for _, r := range records {
			list = append(list, r.ID)
		}
		return list
	}
	read := func(t *testing.T, list func(paging.Request) (paging.Page[diagnostic.Record], error)) (got []diagnostic.Record) {
		t.Helper()
		for p := (paging.Request{Limit: 2}); ; {
			part, err := list(p)
			require.NoError(t, err)
			require.LessOrEqual(t, len(part.Items), 2)
			got = append(got, part.Items...)
			if p.After = part.Next; p.After == "" {
				return got
			}
		}
	}
	of := func(f diagnostic.Filter) func(paging.Request) (paging.Page[diagnostic.Record], error) {
		return func(p paging.Request) (paging.Page[diagnostic.Record], error) {
			return s.Records(t.Context(), carOne, f, p)
		}
	}
	t.Run("open faults come first, then the newest of those that are over", func(t *testing.T) {
		assert.Equal(t, ids(all), ids(read(t, of(diagnostic.Filter{}))))
	})
	t.Run("by status", func(t *testing.T) {
		assert.Equal(t, ids(all[:3]), ids(read(t, of(diagnostic.Filter{Status: diagnostic.Open}))))
		assert.Equal(t, ids(all[3:]), ids(read(t, of(diagnostic.Filter{Status: diagnostic.Closed}))))
	})
	t.Run("since a time, which open faults do not mind", func(t *testing.T) {
		since := diagnostic.Filter{Since: noon.Add(-90 * time.Minute)}
		assert.Equal(t, ids(all[:5]), ids(read(t, of(since))))
		since.Status = diagnostic.Open
		assert.Equal(t, ids(all[:3]), ids(read(t, of(since))))
	})
	t.Run("a dealer's list has the open faults of all its cars, the last seen first", func(t *testing.T) {
		want := []string{all[2].ID, other.ID, all[1].ID, all[0].ID}
		assert.Eventually(t, func() bool { // an index is eventually consistent
			got := read(t, func(p paging.Request) (paging.Page[diagnostic.Record], error) {
				return s.Worklist(t.Context(), "d1", p)
			})
			return strings.Join(ids(got), " ") == strings.Join(want, " ")
		}, 10*time.Second, 20*time.Millisecond)
		none, err := s.Worklist(t.Context(), "d2", paging.Request{})
		require.NoError(t, err)
		assert.Empty(t, none.Items)
	})
	t.Run("a page that no list gave is refused", func(t *testing.T) {
		_, err := s.Records(t.Context(), carOne, diagnostic.Filter{}, paging.Request{After: "!"})
		assert.Equal(t, errs.Invalid, errs.Of(err))
	})
}
