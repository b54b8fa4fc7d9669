package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// everyKind has a value of each kind, and the largest and smallest numbers that a table stores.
func everyKind() telemetry.Signals {
	return telemetry.Signals{
		telemetry.Speed: telemetry.Number(50.25), telemetry.Latitude: telemetry.Number(-33.856784123456), telemetry.DTCCount: telemetry.Number(0),
		telemetry.EngineOil: telemetry.Null, telemetry.IsCharging: telemetry.Bool(true), telemetry.IsServiceDue: telemetry.Bool(false),
		telemetry.LowVoltageSystemState: telemetry.Text("ON"), telemetry.DTCList: telemetry.Texts("P0301", "U0100"),
		"Vehicle.Empty.Text": telemetry.Text(""), "Vehicle.Empty.List": telemetry.Texts(),
		"Vehicle.Big": telemetry.Number(telemetry.MaxNumber), "Vehicle.Small": telemetry.Number(-1e-90),
	}
}

// States tests a store of states; empty makes a new store.
func States(t *testing.T, empty func(t *testing.T) ingest.States) {
	one := func(t *testing.T, s ingest.States, v vin.VIN) *vehicle.State {
		t.Helper()
		states, err := s.States(t.Context(), []vin.VIN{v})
		require.NoError(t, err)
		require.Contains(t, states, v)
		return states[v]
	}
	t.Run("a car that never reported has a new state", func(t *testing.T) {
		assert.Equal(t, vehicle.NewState(carOne), one(t, empty(t), carOne))
	})
	t.Run("a state comes back as it was put, one version on", func(t *testing.T) {
		s := empty(t)
		state := vehicle.NewState(carOne)
		state.Newest = vehicle.Source{At: noon.UnixMilli(), BootID: "b", Seq: telemetry.MaxSeq, TripID: "t", OffsetMs: -7}
		state.Watch = []byte{0, 1, 255}
		for path, v := range everyKind() {
			state.Signals[path] = vehicle.Reading{Value: v, At: noon.UnixMilli()}
		}
		require.NoError(t, s.PutState(t.Context(), state))
		state.Version = 1
		assert.Equal(t, state, one(t, s, carOne))
	})
	t.Run("a state without a trip comes back so", func(t *testing.T) {
		s := empty(t)
		state := vehicle.NewState(carOne)
		state.Newest = vehicle.Source{At: noon.UnixMilli(), BootID: "b"}
		require.NoError(t, s.PutState(t.Context(), state))
		state.Version = 1
		assert.Equal(t, state, one(t, s, carOne))
	})
	t.Run("of two writers that read one version one is stale", func(t *testing.T) {
		s := empty(t)
		for range 2 { // first without a row, then with one
			a, b := one(t, s, carOne), one(t, s, carOne)
			require.NoError(t, s.PutState(t.Context(), a))
			require.ErrorIs(t, s.PutState(t.Context(), b), ingest.ErrStale)
		}
	})
	t.Run("of many writers at once one wins each version", func(t *testing.T) {
		s := empty(t)
		const writers = 8
		start, wins := one(t, s, carOne), make([]bool, writers)
		var wait sync.WaitGroup
		for n := range writers {
			mine := *start
			wait.Go(func() { wins[n] = s.PutState(context.WithoutCancel(t.Context()), &mine) == nil })
		}
		wait.Wait()
		won := 0
		for _, w := range wins {
			if w {
				won++
			}
		}
		assert.Equal(t, 1, won)
	})
	t.Run("many cars are read at once", func(t *testing.T) {
		s := empty(t)
		var cars []vin.VIN
		for n := range 230 {
			cars = append(cars, vin.VIN(fmt.Sprintf("WVWZZZ1JZXW%06d", n)))
		}
		require.NoError(t, s.PutState(t.Context(), vehicle.NewState(cars[229])))
		states, err := s.States(t.Context(), cars)
		require.NoError(t, err)
		require.Len(t, states, 230)
		assert.Equal(t, int64(0), states[cars[0]].Version)
		assert.Equal(t, int64(1), states[cars[229]].Version)
	})
}

// HistoryStore is a store of samples with a way to read them back.
type HistoryStore interface {
	ingest.History
	Day(ctx context.Context, partition string) ([]telemetry.Row, error)
}

// History tests a store of samples; empty makes a new store.
func History(t *testing.T, empty func(t *testing.T) HistoryStore) {
	row := func(v vin.VIN, at time.Time, seq uint64) telemetry.Row {
		return telemetry.Row{VIN: v, At: at, Seq: seq, BootID: "b", Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(seq))}}
	}
	day := func(t *testing.T, s HistoryStore, v vin.VIN, at time.Time) []telemetry.Row {
		t.Helper()
		rows, err := s.Day(t.Context(), telemetry.Partition(v, at))
		require.NoError(t, err)
		return rows
	}
	put := func(t *testing.T, s HistoryStore, rows ...telemetry.Row) {
		t.Helper()
		left, err := s.PutRows(t.Context(), rows)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	t.Run("a row comes back as it was put", func(t *testing.T) {
		s := empty(t)
		full := row(carOne, noon, telemetry.MaxSeq)
		full.TripID, full.Signals = "t", everyKind()
		put(t, s, full)
		assert.Equal(t, []telemetry.Row{full}, day(t, s, carOne, noon))
	})
	t.Run("rows are by car and day, in order of time", func(t *testing.T) {
		s := empty(t)
		early, late := row(carOne, noon, 2), row(carOne, noon.Add(time.Millisecond), 1)
		other, tomorrow := row(carTwo, noon, 1), row(carOne, noon.Add(12*time.Hour), 3)
		put(t, s, late, other, tomorrow, early)
		assert.Equal(t, []telemetry.Row{early, late}, day(t, s, carOne, noon))
		assert.Equal(t, []telemetry.Row{other}, day(t, s, carTwo, noon))
		assert.Equal(t, []telemetry.Row{tomorrow}, day(t, s, carOne, noon.Add(24*time.Hour)))
	})
	t.Run("a row put twice is one row", func(t *testing.T) {
		s := empty(t)
		put(t, s, row(carOne, noon, 1))
		put(t, s, row(carOne, noon, 1))
		assert.Len(t, day(t, s, carOne, noon), 1)
	})
	t.Run("more rows than one call takes", func(t *testing.T) {
		s := empty(t)
		var rows []telemetry.Row
		for n := range 260 {
			rows = append(rows, row(carOne, noon.Add(time.Duration(n)*time.Second), uint64(n)))
		}
		put(t, s, rows...)
		assert.Equal(t, rows, day(t, s, carOne, noon))
	})
	t.Run("no rows are no work", func(t *testing.T) { put(t, empty(t)) })
}

// DismissalStates is a store of states that also holds users' dismissals.
type DismissalStates interface {
	ingest.States
	anomaly.DismissalStore
}

// Dismissals tests a store of dismissals; empty makes a new store.
func Dismissals(t *testing.T, empty func(t *testing.T) DismissalStates) {
	one := anomaly.Dismissal{AlertID: "01JD0W2V6X9Q1Z3A5B7C9D1E3F", Key: "anomaly.Vehicle.Speed#still", At: noon}
	two := anomaly.Dismissal{AlertID: "01JD0W2V6X9Q1Z3A5B7C9D1E3G", Key: "anomaly.Vehicle.Speed#jumps", At: noon}
	read := func(t *testing.T, s DismissalStates) []anomaly.Dismissal {
		t.Helper()
		all, err := s.Dismissals(t.Context(), carOne)
		require.NoError(t, err)
		return all
	}
	t.Run("they reach the detector", func(t *testing.T) { dismissalsReachTheDetector(t, empty) })
	t.Run("a car has none at first", func(t *testing.T) { assert.Empty(t, read(t, empty(t))) })
	t.Run("they come and go", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, nil, []anomaly.Dismissal{one}))
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, []anomaly.Dismissal{one}, []anomaly.Dismissal{one, two}))
		assert.Equal(t, []anomaly.Dismissal{one, two}, read(t, s))
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, []anomaly.Dismissal{one, two}, nil))
		assert.Empty(t, read(t, s))
	})
	t.Run("who read others changes none", func(t *testing.T) {
		s := empty(t)
		require.ErrorIs(t, s.ReplaceDismissals(t.Context(), carOne, []anomaly.Dismissal{one}, []anomaly.Dismissal{two}), anomaly.ErrChanged)
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, nil, []anomaly.Dismissal{one}))
		require.ErrorIs(t, s.ReplaceDismissals(t.Context(), carOne, nil, []anomaly.Dismissal{two}), anomaly.ErrChanged)
		assert.Equal(t, []anomaly.Dismissal{one}, read(t, s))
	})
	t.Run("neither they nor the state overwrite each other", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, nil, []anomaly.Dismissal{one}))
		before, err := s.States(t.Context(), []vin.VIN{carOne})
		require.NoError(t, err)
		require.NoError(t, s.ReplaceDismissals(t.Context(), carOne, []anomaly.Dismissal{one}, []anomaly.Dismissal{one, two}))
		state := before[carOne]
		state.Newest, state.Watch = vehicle.Source{At: noon.UnixMilli(), BootID: "b"}, []byte{1}
		require.NoError(t, s.PutState(t.Context(), state), "of before the dismissal")
		after, err := s.States(t.Context(), []vin.VIN{carOne})
		require.NoError(t, err)
		assert.Equal(t, []byte{1}, after[carOne].Watch)
		assert.Equal(t, anomaly.DismissalTexts([]anomaly.Dismissal{one, two}), after[carOne].Dismissed)
	})
}
