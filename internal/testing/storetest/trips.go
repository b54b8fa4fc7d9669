package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// TripsStore is a store of trips.
type TripsStore interface {
	trip.Store
	trip.Reader
	Erase(ctx context.Context, v vin.VIN, before time.Time) error
}

func tripAt(v vin.VIN, start time.Time) trip.Trip {
	return trip.Trip{
		VIN: v, ID: alert.ID(start, "t"), Source: trip.Derived, StartedAt: start, EndedAt: start.Add(20 * time.Minute),
		MessageTS: start.Add(20 * time.Minute), Totals: trip.Totals{DistanceM: 10_000, DurationS: 1200},
	}
}

// Trips tests a store of trips; empty makes a new store.
func Trips(t *testing.T, empty func(t *testing.T) TripsStore) {
	t.Run("versions", func(t *testing.T) { tripVersions(t, empty) })
	t.Run("lists", func(t *testing.T) { tripLists(t, empty) })
	t.Run("places are erased of trips before a time", func(t *testing.T) { tripErasure(t, empty(t)) })
}

func tripErasure(t *testing.T, s TripsStore) {
	t.Helper()
	before, after := tripAt(carOne, noon), tripAt(carOne, noon.Add(time.Hour))
	other := tripAt(carTwo, noon)
	for _, one := range []*trip.Trip{&before, &after, &other} {
		one.Start, one.End = &trip.Place{Latitude: 1, Longitude: 2}, &trip.Place{Latitude: 3, Longitude: 4}
		_, err := s.PutTrip(t.Context(), *one)
		require.NoError(t, err)
	}
	for range 2 {
		require.NoError(t, s.Erase(t.Context(), carOne, noon.Add(time.Minute)))
	}
	_, err := s.PutTrip(t.Context(), before)
	require.NoError(t, err, "a message that comes again brings nothing back")
	before.Start, before.End = nil, nil
	for _, want := range []trip.Trip{before, after, other} {
		got, err := s.Trip(t.Context(), want.VIN, want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func tripVersions(t *testing.T, empty func(t *testing.T) TripsStore) {
	put := func(t *testing.T, s TripsStore, v trip.Trip) bool {
		t.Helper()
		written, err := s.PutTrip(t.Context(), v)
		require.NoError(t, err)
		return written
	}
	t.Run("a trip comes back as it was put", func(t *testing.T) {
		s := empty(t)
		score, fuel, energy := 87, 1.25, -0.5
		full := tripAt(carOne, noon)
		full.Source, full.Score, full.FuelL, full.EnergyKWh = trip.ByCar, &score, &fuel, &energy
		full.Start, full.End = &trip.Place{Latitude: 48.1, Longitude: -11.5}, &trip.Place{}
		full.MessageID, full.MessageSeq = "m", telemetry.MaxSeq
		full.Totals = trip.Totals{
			DistanceM: 1, DurationS: 2, IdleS: 3, AverageSpeedKPH: 4.5, MaxSpeedKPH: 5.5, HarshBraking: 6, HarshAcceleration: 7,
			HarshCornering: 8, SpeedingS: 9, FuelL: &fuel, EnergyKWh: &energy,
		}
		require.True(t, put(t, s, full))
		got, err := s.Trip(t.Context(), carOne, full.ID)
		require.NoError(t, err)
		assert.Equal(t, full, got)
	})
	t.Run("a trip without anything optional comes back so", func(t *testing.T) {
		s := empty(t)
		plain := tripAt(carOne, noon)
		require.True(t, put(t, s, plain))
		got, err := s.Trip(t.Context(), carOne, plain.ID)
		require.NoError(t, err)
		assert.Equal(t, plain, got)
	})
	t.Run("a trip that never was is not found", func(t *testing.T) {
		_, err := empty(t).Trip(t.Context(), carOne, "x")
		assert.ErrorIs(t, err, trip.ErrNotFound)
	})
	versions := versions()
	t.Run("of two versions the greater stays, in either order", func(t *testing.T) {
		for i, low := range versions {
			for _, high := range versions[i+1:] {
				require.Equal(t, 1, trip.Compare(high, low))
				s := empty(t)
				require.True(t, put(t, s, low))
				require.False(t, put(t, s, low), "the same again")
				require.True(t, put(t, s, high))
				require.False(t, put(t, s, low))
				got, err := s.Trip(t.Context(), carOne, high.ID)
				require.NoError(t, err)
				require.Equal(t, high, got)
			}
		}
	})
	t.Run("only a derived trip is removed", func(t *testing.T) {
		s := empty(t)
		derived, said := versions[0], tripAt(carOne, noon.Add(time.Hour))
		said.Source = trip.ByCar
		require.True(t, put(t, s, derived))
		require.True(t, put(t, s, said))
		for _, id := range []string{derived.ID, said.ID, "x"} {
			require.NoError(t, s.RemoveTrip(t.Context(), carOne, id))
		}
		_, err := s.Trip(t.Context(), carOne, derived.ID)
		require.ErrorIs(t, err, trip.ErrNotFound)
		_, err = s.Trip(t.Context(), carOne, said.ID)
		require.NoError(t, err)
	})
}

// versions returns versions of one trip, the lowest rank first.
func versions() []trip.Trip {
	base := tripAt(carOne, noon)
	more, later := base, base
	more.MessageSeq = 9
	later.MessageTS = base.MessageTS.Add(time.Millisecond)
	said := base
	said.Source, said.MessageTS, said.MessageID = trip.ByCar, base.MessageTS.Add(-time.Hour), "a"
	tenth, other := said, said
	tenth.MessageSeq = 10
	other.MessageSeq, other.MessageID = 10, "b"
	return []trip.Trip{base, more, later, said, tenth, other}
}

func tripLists(t *testing.T, empty func(t *testing.T) TripsStore) {
	s := empty(t)
	var ids []string
	for n := range 5 {
		one := tripAt(carOne, noon.Add(time.Duration(n)*time.Hour))
		ids = append(ids, one.ID)
		_, err := s.PutTrip(t.Context(), one)
		require.NoError(t, err)
	}
	lying := tripAt(carOne, noon.Add(-time.Hour)) // its id has a later time than its start
	lying.ID = alert.ID(noon.Add(6*time.Hour), "lying")
	_, err := s.PutTrip(t.Context(), lying)
	require.NoError(t, err)
	_, err = s.PutTrip(t.Context(), tripAt(carTwo, noon))
	require.NoError(t, err)
	list := func(t *testing.T, f trip.Filter) (got []string) {
		t.Helper()
		for p := (paging.Request{Limit: 2}); ; {
			part, err := s.Trips(t.Context(), carOne, f, p)
			require.NoError(t, err)
			for _, one := range part.Items {
				got = append(got, one.ID)
			}
			if p.After = part.Next; p.After == "" {
				slices.Reverse(got)
				return got
			}
		}
	}
	t.Run("the newest come first", func(t *testing.T) {
		assert.Equal(t, append(slices.Clone(ids), lying.ID), list(t, trip.Filter{}))
	})
	t.Run("since a time, by the id and by the start", func(t *testing.T) {
		assert.Equal(t, ids[2:], list(t, trip.Filter{Since: noon.Add(2 * time.Hour)}))
	})
	t.Run("by the time of their ids", func(t *testing.T) {
		got, err := s.Starting(t.Context(), carOne, noon.Add(time.Hour), noon.Add(3*time.Hour))
		require.NoError(t, err)
		require.Len(t, got, 3)
		assert.Equal(t, ids[1], got[0].ID)
	})
}

// SamplesStore is a store of samples that can read a range of time.
type SamplesStore interface {
	PutRows(ctx context.Context, rows []telemetry.Row) ([]ingest.Unstored, error)
	trip.Samples
	timeseries.History
}

// Samples tests reading a range of time from a store; empty makes a new store.
func Samples(t *testing.T, empty func(t *testing.T) SamplesStore) {
	s := empty(t)
	midnight := noon.Add(12 * time.Hour)
	var rows []telemetry.Row
	for n := range 10 {
		rows = append(rows, telemetry.Row{
			VIN: carOne, At: midnight.Add(time.Duration(n-5) * time.Minute), Seq: uint64(n), BootID: "b", TripID: "t", // n is small: no overflow
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(n)), telemetry.FuelLevel: telemetry.Number(50)},
		})
	}
	rows = append(rows, telemetry.Row{VIN: carTwo, At: midnight, BootID: "b", Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(1)}})
	rows[3].Signals = telemetry.Signals{telemetry.FuelLevel: telemetry.Number(50)}
	left, err := s.PutRows(t.Context(), rows)
	require.NoError(t, err)
	require.Empty(t, left)
	read := func(t *testing.T, from, to time.Time, limit int, paths ...string) (seqs []uint64) {
		t.Helper()
		got, err := s.Between(t.Context(), carOne, from, to, limit, paths...)
		require.NoError(t, err)
		for _, r := range got {
			seqs = append(seqs, r.Seq)
		}
		return seqs
	}
	t.Run("both ends are included, over midnight", func(t *testing.T) {
		assert.Equal(t, []uint64{2, 3, 4, 5, 6}, read(t, rows[2].At, rows[6].At, 100))
	})
	t.Run("only what has one of the signals", func(t *testing.T) {
		assert.Equal(t, []uint64{2, 4}, read(t, rows[2].At, rows[4].At, 100, telemetry.Speed, telemetry.Altitude))
		got, err := s.Between(t.Context(), carOne, rows[2].At, rows[2].At, 100, telemetry.Speed)
		require.NoError(t, err)
		want := rows[2]
		want.Signals = telemetry.Signals{telemetry.Speed: telemetry.Number(2)}
		assert.Equal(t, []telemetry.Row{want}, got)
	})
	t.Run("no more than the limit", func(t *testing.T) {
		assert.Equal(t, []uint64{2, 4, 5}, read(t, rows[2].At, rows[9].At, 3, telemetry.Speed))
	})
	t.Run("nothing before the beginning", func(t *testing.T) {
		assert.Empty(t, read(t, rows[0].At.Add(-time.Hour), rows[0].At.Add(-time.Minute), 100))
	})
	t.Run("no more than its bytes", func(t *testing.T) { heavySamples(t, s) })
}

// heavySamples tests the limit of bytes of one read, with samples of 30 KB, so that a few hundred reach it.
func heavySamples(t *testing.T, s SamplesStore) {
	t.Helper()
	ballast := telemetry.Signals{telemetry.Speed: telemetry.Number(1)}
	for i := 0; ballast.Size() < 30<<10; i++ {
		ballast[fmt.Sprintf("Vehicle.Ballast.S%d", i)] = telemetry.Text(strings.Repeat("x", telemetry.MaxText))
	}
	const n = 2 * telemetry.MinReadBytes / (30 << 10)
	heavy := make([]telemetry.Row, n)
	from := noon.Add(-6 * time.Hour)
	for i := range heavy {
		heavy[i] = telemetry.Row{VIN: carTwo, At: from.Add(time.Duration(i) * time.Second), Seq: uint64(i), BootID: "b", Signals: ballast}
	}
	left, err := s.PutRows(t.Context(), heavy)
	require.NoError(t, err)
	require.Empty(t, left)
	read := 0
	for at, calls := from, 0; !at.IsZero(); calls++ {
		require.Less(t, calls, 5)
		part, err := s.Stretch(t.Context(), carTwo, at, noon, n, telemetry.Speed)
		require.NoError(t, err)
		if calls == 0 {
			require.False(t, part.Unread.IsZero(), "16 MB in one read")
			require.Less(t, len(part.Rows), n*2/3)
		}
		if read > 0 {
			read-- // a read begins with the last sample of the read before
		}
		read, at = read+len(part.Rows), part.Unread
	}
	assert.Equal(t, n, read)
}
