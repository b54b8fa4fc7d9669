package trip_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/testing/memory"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type world struct {
	trips   *memory.Trips
	history *memory.History
	book    *trip.Service
}

func newWorld() *world {
	w := &world{trips: &memory.Trips{}, history: &memory.History{}}
	w.book = trip.NewService(w.trips, w.history, trip.DefaultScoring(), trip.DefaultLimits())
	return w
}

// samples returns the samples of a car that stands for a minute, drives at 60 km/h for some minutes and stands for a minute, one every 5 s.
// It brakes hard once.
func samples(from time.Time, minutes int, tripID string, state bool) []telemetry.Row {
	var rows []telemetry.Row
	meters := 1_000_000.0
	steps := (minutes + 2) * 12
	for n := 0; n <= steps; n++ {
		speed, along := 0.0, 0.0
		if n > 12 && n <= 12*(minutes+1) {
			speed = 60
			meters += 60 / 3.6 * 5
		}
		if n == 20 {
			along = -4
		}
		s := telemetry.Signals{
			telemetry.Speed: telemetry.Number(speed), telemetry.TraveledDistance: telemetry.Number(meters),
			telemetry.Latitude: telemetry.Number(48 + meters/1e7), telemetry.Longitude: telemetry.Number(11),
			telemetry.AccelerationLongitudinal: telemetry.Number(along),
		}
		if state && n == 0 {
			s[telemetry.LowVoltageSystemState] = telemetry.Text("ON")
		}
		if state && n == steps {
			s[telemetry.LowVoltageSystemState] = telemetry.Text("OFF")
		}
		rows = append(rows, telemetry.Row{VIN: car, At: from.Add(time.Duration(n) * 5 * time.Second), Seq: uint64(n), BootID: "b", TripID: tripID, Signals: s}) // not negative: no overflow
	}
	return rows
}

func TestATripIsDerivedFromTelemetry(t *testing.T) {
	const id = "01KAFK9F00ABCDEFGHJKMNPQRT"
	for name, tc := range map[string]struct {
		tripID  string
		state   bool
		minutes int64 // length of the trip
	}{
		"by its id":                      {id, false, 12},
		"by the car being switched on":   {"", true, 11},
		"by its moving":                  {"", false, 10},
		"by its id before anything else": {id, true, 12},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			rows := samples(noon, 10, tc.tripID, tc.state)
			_, err := w.history.PutRows(t.Context(), rows)
			require.NoError(t, err)
			end := rows[len(rows)-1].At
			n, err := w.book.Derive(t.Context(), car, end, end.Add(time.Minute))
			require.NoError(t, err)
			if tc.tripID == "" && tc.state {
				require.Equal(t, 1, n, "a car that is switched off has ended its trip")
			} else {
				require.Equal(t, 0, n, "the trip may still go on")
				n, err = w.book.Derive(t.Context(), car, end.Add(11*time.Minute), end.Add(11*time.Minute))
				require.NoError(t, err)
				require.Equal(t, 1, n)
			}
			got := only(t, w)
			assert.Equal(t, trip.Derived, got.Source)
			if tc.tripID != "" {
				assert.Equal(t, tc.tripID, got.ID)
			}
			assert.InDelta(t, tc.minutes*60, got.DurationS, 65)
			assert.InDelta(t, 10_000, got.DistanceM, 100)
			assert.InDelta(t, 60, got.MaxSpeedKPH, 0.1)
			assert.Equal(t, 1, got.HarshBraking)
			require.NotNil(t, got.Score)
			assert.Less(t, *got.Score, 100)
			require.NotNil(t, got.Start)
			assert.Less(t, got.Start.Latitude, got.End.Latitude)

			n, err = w.book.Derive(t.Context(), car, end.Add(20*time.Minute), end.Add(20*time.Minute))
			require.NoError(t, err)
			assert.Zero(t, n, "deriving it again changes nothing")
			assert.Equal(t, got, only(t, w))
		})
	}
}

func only(t *testing.T, w *world) trip.Trip {
	t.Helper()
	require.Len(t, w.trips.All(), 1)
	for _, one := range w.trips.All() {
		return one
	}
	return trip.Trip{}
}

func said(id string, start time.Time, minutes int) trip.Trip {
	return trip.Trip{
		VIN: car, ID: id, Source: trip.ByCar, StartedAt: start, EndedAt: start.Add(time.Duration(minutes) * time.Minute),
		MessageTS: start.Add(time.Duration(minutes) * time.Minute), MessageSeq: 1, MessageID: id,
		Totals: trip.Totals{DistanceM: 9_900, DurationS: int64(minutes) * 60},
	}
}

func TestTheCarsWordWinsWhateverComesFirst(t *testing.T) {
	rows := samples(noon, 10, "", false)
	end := rows[len(rows)-1].At
	for name, id := range map[string]string{
		"under another id":   alert.ID(noon, "the car's own"),
		"under the same one": alert.ID(rows[13].At, "trip/"+string(car)),
	} {
		t.Run(name, func(t *testing.T) {
			for _, carFirst := range []bool{true, false} {
				w := newWorld()
				_, err := w.history.PutRows(t.Context(), rows)
				require.NoError(t, err)
				if carFirst {
					_, err = w.book.Handle(t.Context(), said(id, noon, 12))
					require.NoError(t, err)
				}
				later := end.Add(time.Hour)
				_, err = w.book.Derive(t.Context(), car, later, later)
				require.NoError(t, err)
				if !carFirst {
					require.Equal(t, trip.Derived, only(t, w).Source)
					_, err = w.book.Handle(t.Context(), said(id, noon, 12))
					require.NoError(t, err)
				}
				got := only(t, w)
				assert.Equal(t, trip.ByCar, got.Source)
				assert.Equal(t, int64(9_900), got.DistanceM)
				assert.NotNil(t, got.Score)
			}
		})
	}
}

func TestLateSamplesLeaveOneTrip(t *testing.T) {
	w := newWorld()
	rows := samples(noon, 10, "", false)
	end := rows[len(rows)-1].At.Add(time.Hour)
	_, err := w.history.PutRows(t.Context(), rows[60:])
	require.NoError(t, err)
	_, err = w.book.Derive(t.Context(), car, end, end)
	require.NoError(t, err)
	short := only(t, w)
	_, err = w.history.PutRows(t.Context(), rows)
	require.NoError(t, err)
	_, err = w.book.Derive(t.Context(), car, end, end)
	require.NoError(t, err)
	assert.Greater(t, only(t, w).DistanceM, short.DistanceM)
}

func TestAnyOrderAndRepetitionLeavesTheSameTrips(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var messages []trip.Trip
	for n := range 20 {
		start := noon.Add(time.Duration(n) * time.Hour)
		for seq := range 3 { // each trip is sent in three versions
			m := said(alert.ID(start, "t"), start, 20)
			m.MessageSeq, m.DistanceM = uint64(seq), int64(5000+seq) // small: no overflow
			messages = append(messages, m)
		}
	}
	clean := newWorld()
	for _, m := range messages {
		_, err := clean.book.Handle(t.Context(), m)
		require.NoError(t, err)
	}
	for range 20 {
		dirty := newWorld()
		mixed := slices.Concat(messages, messages)
		rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		for _, m := range mixed {
			_, err := dirty.book.Handle(t.Context(), m)
			require.NoError(t, err)
		}
		require.Equal(t, clean.trips.All(), dirty.trips.All())
	}
}

func TestTwoTripsWithAPauseAreTwo(t *testing.T) {
	w := newWorld()
	first, second := samples(noon, 10, "", false), samples(noon.Add(time.Hour), 5, "", false)
	_, err := w.history.PutRows(t.Context(), append(first, second...))
	require.NoError(t, err)
	end := noon.Add(3 * time.Hour)
	n, err := w.book.Derive(t.Context(), car, end, end)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
}

func TestATremblingSensorIsNoTrip(t *testing.T) {
	var rows []telemetry.Row
	for n := range 30 {
		rows = append(rows, telemetry.Row{VIN: car, At: noon.Add(time.Duration(n) * time.Second), Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(n % 2 * 3))}})
	}
	trips := trip.Derive(car, rows, noon.Add(-24*time.Hour), noon.Add(time.Hour), trip.DefaultLimits())
	assert.Empty(t, trips, "3 km/h for half a minute is nothing")
}

func TestARouteKeepsItsShapeWithinItsLimit(t *testing.T) {
	start := said("01KAFK9F00ABCDEFGHJKMNPQRT", noon, 60)
	var rows []telemetry.Row
	for n := range 3000 { // an L-shaped route: north, then east
		latitude, longitude := 48+float64(min(n, 1500))*1e-5, 11+float64(max(0, n-1500))*1e-5
		rows = append(rows, telemetry.Row{VIN: car, At: noon.Add(time.Duration(n) * time.Second), Signals: telemetry.Signals{
			telemetry.Latitude: telemetry.Number(latitude), telemetry.Longitude: telemetry.Number(longitude), telemetry.Speed: telemetry.Number(50),
		}})
	}
	other := telemetry.Row{VIN: car, At: noon, TripID: "another", Signals: telemetry.Signals{telemetry.Latitude: telemetry.Number(0), telemetry.Longitude: telemetry.Number(0)}}
	half := telemetry.Row{VIN: car, At: noon, Signals: telemetry.Signals{telemetry.Latitude: telemetry.Number(0)}}
	got := trip.Route(start, append([]telemetry.Row{other, half}, rows...), 100)
	require.Len(t, got, 3, "two straight lines are three points")
	assert.InDelta(t, 48.015, got[1].Latitude, 1e-4)
	assert.InDelta(t, 11, got[1].Longitude, 1e-4)
	assert.Equal(t, 50.0, *got[1].SpeedKPH)

	rng := rand.New(rand.NewPCG(1, 1))
	for n := range rows {
		rows[n].Signals[telemetry.Longitude] = telemetry.Number(11 + rng.Float64()/1000)
	}
	assert.Len(t, trip.Route(start, rows, 40), 40)
	assert.Len(t, trip.Route(start, rows, 100_000), trip.MaxRoutePoints)
	assert.Empty(t, trip.Route(start, nil, 40))
}
