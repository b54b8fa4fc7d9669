package trip_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/vin"
)

const tripID = "01KAFK9F00ABCDEFGHJKMNPQRT"

// every returns one sample per value, at intervals of step.
func every(step time.Duration, path string, values ...float64) []telemetry.Row {
	rows := make([]telemetry.Row, len(values))
	for i, v := range values {
		rows[i] = telemetry.Row{VIN: car, At: noon.Add(time.Duration(i) * step), TripID: tripID, Signals: telemetry.Signals{
			telemetry.Speed: telemetry.Number(36), path: telemetry.Number(v),
		}}
	}
	return rows
}

func derived(t require.TestingT, rows []telemetry.Row) trip.Trip {
	trips := trip.Derive(car, rows, noon.Add(-24*time.Hour), noon.Add(48*time.Hour), trip.DefaultLimits())
	require.Len(t, trips, 1)
	return trips[0]
}

func TestOneWrongReadingOfTheOdometerDoesNotDecideTheDistance(t *testing.T) {
	for name, readings := range map[string][]float64{
		"0 once":                      {61_700_000, 61_700_100, 0, 61_700_300},
		"0 first":                     {0, 61_700_100, 61_700_200, 61_700_300},
		"0 last":                      {61_700_000, 61_700_100, 61_700_200, 0},
		"kilometres for metres once":  {61_700_000, 61_700_100, 61_700, 61_700_300},
		"the greatest number of bits": {61_700_000, 4_294_967_295, 61_700_200, 61_700_300},
		"reset for good":              {61_700_000, 61_700_100, 0, 100},
		"metres, then kilometres":     {61_700_000, 61_700_100, 61_700, 61_700},
		"a kilometre ahead once":      {61_700_000, 61_701_000, 61_700_200, 61_700_300},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, 300, derived(t, every(10*time.Second, telemetry.TraveledDistance, readings...)).DistanceM, 100)
		})
	}
}

func TestOneSpikeOfSpeedIsNoHarshEvent(t *testing.T) {
	for name, tc := range map[string]struct {
		step   time.Duration
		speeds []float64
		most   float64
	}{
		"a sensor's greatest value, each second":      {time.Second, []float64{60, 60, 255, 60, 60, 60, 60}, 60},
		"a sensor's greatest value, each ten seconds": {10 * time.Second, []float64{60, 60, 255, 60, 60, 60, 60}, 60},
		"0 once":                             {time.Second, []float64{60, 60, 0, 60, 60, 60, 60}, 60},
		"twice":                              {time.Second, []float64{60, 0, 60, 255, 60, 60, 60}, 60},
		"a step that no car can make":        {time.Second, []float64{0, 0, 0, 90, 90, 90, 90}, 90},
		"what a car can do is left as it is": {time.Second, []float64{60, 63, 66, 69, 66, 63, 60}, 69},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []telemetry.Row
			for range 3 {
				tc.speeds = append(tc.speeds, tc.speeds[len(tc.speeds)-1])
			}
			for i, kph := range tc.speeds {
				rows = append(rows, telemetry.Row{VIN: car, At: noon.Add(time.Duration(i) * tc.step), TripID: tripID, Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(kph)}})
			}
			got := derived(t, rows)
			assert.InDelta(t, tc.most, got.MaxSpeedKPH, 0.1)
			assert.Zero(t, got.HarshBraking)
			assert.Zero(t, got.HarshAcceleration)
		})
	}
	t.Run("braking hard is still an event", func(t *testing.T) {
		rows := every(time.Second, telemetry.Speed, 80, 80, 80, 62, 44, 26, 26, 26, 26, 26, 26)
		assert.Equal(t, 1, derived(t, rows).HarshBraking)
	})
	t.Run("an acceleration beyond tyres is none", func(t *testing.T) {
		rows := every(time.Second, telemetry.AccelerationLongitudinal, 0, 0, -60, 0, 0, 0, 0, 0, 0, 0)
		assert.Zero(t, derived(t, rows).HarshBraking)
	})
}

func TestNowhereIsNoPlaceOfATrip(t *testing.T) {
	rows := every(10*time.Second, telemetry.Altitude, 1, 2, 3, 4, 5, 6, 7, 8)
	for i, place := range [][2]float64{{0, 0}, {48, 11}, {48.0009, 11}, {48, 151}, {48.0027, 11}, {48.0036, 11}, {48.0045, 11}, {0, 0}} {
		rows[i].Signals[telemetry.Latitude], rows[i].Signals[telemetry.Longitude] = telemetry.Number(place[0]), telemetry.Number(place[1])
	}
	got := derived(t, rows)
	require.NotNil(t, got.End)
	assert.Equal(t, trip.Place{Latitude: 48.0045, Longitude: 11}, *got.End)
	assert.Nil(t, got.Start, "the car did not know where it was")
	for _, p := range trip.Route(got, rows, 100) {
		assert.InDelta(t, 48, p.Latitude, 0.01)
		assert.InDelta(t, 11, p.Longitude, 0.01)
	}
}

// breakage is a way in which a reading can be wrong.
type breakage int

const (
	odometerZero breakage = iota
	odometerKilometres
	odometerOverflow
	odometerResets // permanently
	speedGreatest
	speedZero
	nowhere
	jump
	clockBack
	breakages
)

// simulated is a drive of about an hour, with its true distance and the readings of its sensors.
type simulated struct {
	rows   []telemetry.Row
	metres float64
	rng    *rand.Rand
}

// simulate draws a random drive whose car accelerates and brakes as cars do.
func simulate(t *rapid.T) simulated {
	step := time.Duration(rapid.SampledFrom([]int{1, 2, 5, 10}).Draw(t, "seconds between samples")) * time.Second
	resolution := rapid.SampledFrom([]float64{1, 10, 100}).Draw(t, "resolution of the odometer")
	return simulateWith(step, resolution, rapid.Uint64().Draw(t, "seed"))
}

func simulateWith(step time.Duration, resolution float64, seed uint64) simulated {
	rng := rand.New(rand.NewPCG(seed, 1))
	odometer := 2e6 + 4e8*rng.Float64()
	first := math.Floor(odometer/resolution) * resolution
	rows := int(90 * time.Minute / step)
	s := simulated{rng: rng}
	kph, want := 0.0, 50.0
	for i := range rows {
		if i%40 == 0 {
			want = 20 + 110*rng.Float64()
		}
		before := kph
		kph += math.Max(-8*step.Seconds(), math.Min(8*step.Seconds(), want-kph)) / 2
		if i > 0 {
			odometer += (kph + before) / 2 / 3.6 * step.Seconds()
		}
		s.rows = append(s.rows, telemetry.Row{VIN: car, At: noon.Add(time.Duration(i) * step), TripID: tripID, Signals: telemetry.Signals{
			telemetry.Speed: telemetry.Number(kph), telemetry.TraveledDistance: telemetry.Number(math.Floor(odometer/resolution) * resolution),
			telemetry.Latitude: telemetry.Number(48 + (odometer-first)/111_195), telemetry.Longitude: telemetry.Number(11),
		}})
	}
	s.metres = odometer - first
	return s
}

// spoil falsifies one reading in a hundred, and never two in a row.
func (s simulated) spoil(ways []breakage) {
	offset, unlucky := 0.0, 0
	for i := range s.rows {
		if i%100 == 0 {
			unlucky = 1 + s.rng.IntN(97)
		}
		signals := s.rows[i].Signals
		meters, _ := signals[telemetry.TraveledDistance].Number()
		signals[telemetry.TraveledDistance] = telemetry.Number(meters - offset)
		if i%100 != unlucky {
			continue
		}
		switch ways[s.rng.IntN(len(ways))] {
		case odometerZero:
			signals[telemetry.TraveledDistance] = telemetry.Number(0)
		case odometerKilometres:
			signals[telemetry.TraveledDistance] = telemetry.Number(math.Floor((meters - offset) / 1000))
		case odometerOverflow:
			signals[telemetry.TraveledDistance] = telemetry.Number([]float64{65_535, 16_777_215, 4_294_967_295}[s.rng.IntN(3)])
		case odometerResets:
			if offset == 0 {
				offset = meters
				signals[telemetry.TraveledDistance] = telemetry.Number(0)
			}
		case speedGreatest:
			signals[telemetry.Speed] = telemetry.Number(255)
		case speedZero:
			if kph, _ := signals[telemetry.Speed].Number(); kph > 40 { // a slower car may really have stopped and driven on
				signals[telemetry.Speed] = telemetry.Number(0)
			}
		case nowhere:
			signals[telemetry.Latitude], signals[telemetry.Longitude] = telemetry.Number(0), telemetry.Number(0)
		case jump:
			signals[telemetry.Longitude] = telemetry.Number(-11)
		case clockBack:
			s.rows[i].At = s.rows[max(0, i-3)].At.Add(time.Millisecond)
		}
	}
}

func TestTheDistanceIsWithinOnePercentWithOneReadingInAHundredBroken(t *testing.T) {
	var ways []breakage
	for w := range breakages {
		ways = append(ways, w)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := simulate(t)
		s.spoil(ways)
		got := derived(t, inOrder(s.rows))
		if math.Abs(float64(got.DistanceM)-s.metres) > s.metres/100 {
			t.Fatalf("%d m, but the car drove %.0f", got.DistanceM, s.metres)
		}
		if got.End != nil && math.Abs(got.End.Longitude-11) > 0.01 {
			t.Fatalf("the trip ends at %v", *got.End)
		}
		for _, p := range trip.Route(got, inOrder(s.rows), trip.MaxRoutePoints) {
			if math.Abs(p.Longitude-11) > 0.01 || p.Latitude < 47 {
				t.Fatalf("the route goes to %v, %v", p.Latitude, p.Longitude)
			}
		}
	})
}

func TestOneReadingOfSpeedInAHundredBrokenIsNoHarshEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := simulate(t)
		clean := derived(t, s.rows)
		s.spoil([]breakage{speedGreatest, speedZero})
		got := derived(t, s.rows)
		if got.HarshBraking > clean.HarshBraking || got.HarshAcceleration > clean.HarshAcceleration || got.MaxSpeedKPH > clean.MaxSpeedKPH {
			t.Fatalf("%d harsh brakings, %d accelerations, at most %.0f km/h; but without the broken readings %d, %d and %.0f",
				got.HarshBraking, got.HarshAcceleration, got.MaxSpeedKPH, clean.HarshBraking, clean.HarshAcceleration, clean.MaxSpeedKPH)
		}
	})
}

// inOrder returns the samples in order of time, as the history does.
func inOrder(rows []telemetry.Row) []telemetry.Row {
	out := slices.Clone(rows)
	slices.SortStableFunc(out, func(a, b telemetry.Row) int { return a.At.Compare(b.At) })
	return out
}

func TestValuesThatCannotBeAreReportedWithTheirReason(t *testing.T) {
	w := newWorld()
	rows := every(time.Second, telemetry.Speed, 60, 60, 255, 60, 60, 60, 60, 60, 60, 60)
	_, err := w.history.PutRows(t.Context(), rows)
	require.NoError(t, err)
	var got []trip.Fault
	w.book.Faults = func(_ vin.VIN, faults []trip.Fault) { got = append(got, faults...) }
	_, err = w.book.Derive(t.Context(), car, noon.Add(time.Hour), noon.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, []trip.Fault{{At: noon.Add(2 * time.Second), Path: telemetry.Speed, Reason: "255 km/h between 60 and 60"}}, got)
}
