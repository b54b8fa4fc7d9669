package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// AlertsStore is a store of alerts.
type AlertsStore interface {
	alert.Store
	Raise(ctx context.Context, a alert.Alert) error
	OfVehicle(ctx context.Context, v string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
	OfAudience(ctx context.Context, audience string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
	OfDealer(ctx context.Context, dealer string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
}

// Alerts tests a store of alerts; empty makes a new store.
func Alerts(t *testing.T, empty func(t *testing.T) AlertsStore) {
	t.Run("one at a time", func(t *testing.T) { alertRows(t, empty) })
	t.Run("threads", func(t *testing.T) { alertThreads(t, empty) })
	t.Run("lists", func(t *testing.T) { alertLists(t, empty) })
}

func alertAt(v vin.VIN, key string, at time.Time) alert.Alert {
	return alert.Alert{
		ID: alert.ID(at, key), VIN: string(v), Kind: alert.TyrePressureLow, Severity: alert.High, Status: alert.Open,
		Audience: "manufacturer#acme", DealerID: "d1", FirstAt: at, LastAt: at, Count: 1, DedupKey: key, Detail: "d",
	}
}

func alertRows(t *testing.T, empty func(t *testing.T) AlertsStore) {
	first := alertAt(carOne, "k", noon)
	t.Run("an alert raised twice is the first one", func(t *testing.T) {
		s := empty(t)
		second := first
		second.Detail = "other"
		require.NoError(t, s.Raise(t.Context(), first))
		require.NoError(t, s.Raise(t.Context(), second))
		got, err := s.Alert(t.Context(), first.VIN, first.ID)
		require.NoError(t, err)
		assert.Equal(t, first, got)
	})
	t.Run("an alert that was never raised is not found", func(t *testing.T) {
		_, err := empty(t).Alert(t.Context(), first.VIN, first.ID)
		assert.ErrorIs(t, err, alert.ErrNotFound)
	})
	t.Run("an alert comes back as it was put", func(t *testing.T) {
		full := first
		value, threshold := 181.5, 184.0
		full.Value, full.Threshold, full.Unit, full.TripID = &value, &threshold, "kPa", "01J00000000000000000000000"
		full.Status, full.AcknowledgedBy, full.AcknowledgedAt = alert.Resolved, "u1", noon.Add(time.Minute)
		full.ResolvedBy, full.ResolvedAt = "u2", noon.Add(time.Hour)
		zero := 0.0
		bare := alert.Alert{
			ID: alert.ID(noon, "b"), VIN: string(carOne), Kind: alert.Overspeed, Severity: alert.Low, Status: alert.Open,
			FirstAt: noon, LastAt: noon, Count: 1, DedupKey: "b", Value: &zero,
		}
		s := empty(t)
		for n, a := range []alert.Alert{full, bare} {
			thread := alert.Thread{VIN: a.VIN, DedupKey: a.DedupKey}
			require.NoError(t, s.Commit(t.Context(), thread, []alert.Alert{a}, nil), n)
			got, err := s.Alert(t.Context(), a.VIN, a.ID)
			require.NoError(t, err)
			assert.Equal(t, a, got)
		}
	})
}

func alertThreads(t *testing.T, empty func(t *testing.T) AlertsStore) {
	a := alertAt(carOne, "k", noon)
	t.Run("a thread that was never written is empty", func(t *testing.T) {
		got, err := empty(t).Thread(t.Context(), string(carOne), "k")
		require.NoError(t, err)
		assert.Equal(t, alert.Thread{VIN: string(carOne), DedupKey: "k"}, got)
	})
	t.Run("a thread is written once from each version, with its alerts or not at all", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Commit(t.Context(), alert.Thread{VIN: string(carOne), DedupKey: "k", Floor: noon.UnixMilli()}, []alert.Alert{a}, nil))
		stale := alert.Thread{VIN: string(carOne), DedupKey: "k", Floor: noon.UnixMilli() + 1}
		require.ErrorIs(t, s.Commit(t.Context(), stale, []alert.Alert{alertAt(carOne, "k", noon.Add(time.Second))}, []string{a.ID}), alert.ErrStale)
		got, err := s.Thread(t.Context(), string(carOne), "k")
		require.NoError(t, err)
		assert.Equal(t, alert.Thread{VIN: string(carOne), DedupKey: "k", Floor: noon.UnixMilli(), Version: 1}, got)
		_, err = s.Alert(t.Context(), a.VIN, a.ID)
		require.NoError(t, err, "the alert is still there")

		got.Floor++
		moved := alertAt(carOne, "k", noon.Add(-time.Second))
		require.NoError(t, s.Commit(t.Context(), got, []alert.Alert{moved}, []string{a.ID}))
		_, err = s.Alert(t.Context(), a.VIN, a.ID)
		require.ErrorIs(t, err, alert.ErrNotFound)
		_, err = s.Alert(t.Context(), a.VIN, moved.ID)
		require.NoError(t, err)
	})
	t.Run("threads of other cars and keys are others", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Commit(t.Context(), alert.Thread{VIN: string(carOne), DedupKey: "k", Floor: noon.UnixMilli()}, nil, nil))
		for _, other := range []alert.Thread{{VIN: string(carTwo), DedupKey: "k"}, {VIN: string(carOne), DedupKey: "l"}} {
			got, err := s.Thread(t.Context(), other.VIN, other.DedupKey)
			require.NoError(t, err)
			assert.Equal(t, other, got)
		}
	})
	t.Run("many who raise at once make one alert", func(t *testing.T) {
		s := empty(t)
		book := alert.NewService(s, nobodysCars{})
		results := make(chan bool)
		const writers = 5
		for n := range writers {
			go func() {
				_, created, err := book.Raise(t.Context(), alert.Notice{
					VIN: string(carOne), Kind: alert.EngineOverheat, At: noon.Add(time.Duration(n) * time.Second),
				})
				assert.NoError(t, err)
				results <- created
			}()
		}
		created := 0
		for range writers {
			if <-results {
				created++
			}
		}
		assert.Equal(t, 1, created)
		got, err := s.OfVehicle(t.Context(), string(carOne), alert.Filter{}, paging.Request{})
		require.NoError(t, err)
		require.Len(t, got.Items, 1)
		assert.Equal(t, writers, got.Items[0].Count)
		assert.Equal(t, noon, got.Items[0].FirstAt)
	})
}

// nobodysCars contains no car.
type nobodysCars struct{}

func (nobodysCars) Vehicle(context.Context, vin.VIN) (vehicle.Vehicle, error) {
	return vehicle.Vehicle{}, vehicle.ErrNotFound
}

func alertLists(t *testing.T, empty func(t *testing.T) AlertsStore) {
	s := empty(t)
	const alerts = 7
	var mine []alert.Alert // newest first
	for n := range alerts {
		a := alertAt(carOne, fmt.Sprintf("k%d", n), noon.Add(time.Duration(n)*time.Minute))
		if n%2 == 1 {
			a.Status = alert.Resolved
		}
		require.NoError(t, s.Commit(t.Context(), alert.Thread{VIN: a.VIN, DedupKey: a.DedupKey}, []alert.Alert{a}, nil))
		mine = slices.Insert(mine, 0, a)
	}
	other := alertAt(carTwo, "k", noon)
	other.Audience, other.DealerID = alert.Operator, ""
	require.NoError(t, s.Raise(t.Context(), other))

	lists := map[string]func(alert.Filter, paging.Request) (paging.Page[alert.Alert], error){
		"of a vehicle": func(f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
			return s.OfVehicle(t.Context(), string(carOne), f, p)
		},
		"of an audience": func(f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
			return s.OfAudience(t.Context(), "manufacturer#acme", f, p)
		},
		"of a dealer": func(f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error) {
			return s.OfDealer(t.Context(), "d1", f, p)
		},
	}
	filters := map[string]alert.Filter{
		"all":                {},
		"the resolved":       {Status: alert.Resolved},
		"since a time":       {Since: noon.Add(3 * time.Minute)},
		"the open since":     {Since: noon.Add(2 * time.Minute), Status: alert.Open},
		"none":               {Status: alert.Acknowledged},
		"none since a while": {Since: noon.Add(time.Hour)},
	}
	for list, read := range lists {
		for name, filter := range filters {
			t.Run(list+": "+name, func(t *testing.T) {
				var want []alert.Alert
				for _, a := range mine {
					if filter.Takes(a) {
						want = append(want, a)
					}
				}
				for _, limit := range []int{0, 1, 2, 3} {
					assert.Equal(t, want, everyPage(t, limit, func(p paging.Request) (paging.Page[alert.Alert], error) { return read(filter, p) }))
				}
			})
		}
		t.Run(list+": a page that no list gave is refused", func(t *testing.T) {
			_, err := read(alert.Filter{}, paging.Request{After: "garbage"})
			assert.Equal(t, errs.Invalid, errs.Of(err))
		})
	}
}

// everyPage reads a whole list, with at most limit items per page.
func everyPage[T any](t *testing.T, limit int, read func(paging.Request) (paging.Page[T], error)) []T {
	t.Helper()
	var all []T
	for p := (paging.Request{Limit: limit}); ; {
		got, err := read(p)
		require.NoError(t, err)
		require.LessOrEqual(t, len(got.Items), p.Size())
		all = append(all, got.Items...)
		if got.Next == "" {
			return all
		}
		require.NotEqual(t, p.After, got.Next, "the list goes on")
		p.After = got.Next
	}
}
