package sim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/sim"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func settings(p vehicle.Powertrain, seed uint64, d time.Duration) sim.Settings {
	return sim.Settings{
		VIN: vin.VIN("WCC0000000000000" + fmt.Sprint(seed%10)), Seed: seed, Powertrain: p, Start: start, Duration: d,
		Interval: time.Second, AmbientC: 18, BootID: "boot", NewID: func(t time.Time) string { return t.Format("150405.000") },
	}
}

// run drives to the end and merges the partial samples into complete ones.
func run(t testing.TB, s sim.Settings) (*sim.Car, []sim.Message, []sample) {
	t.Helper()
	c := sim.New(s)
	var messages []sim.Message
	var samples []sample
	state := telemetry.Signals{}
	for {
		m, ok := c.Next()
		if !ok {
			return c, messages, samples
		}
		messages = append(messages, m)
		tm, ok := m.Body.(telemetry.Message)
		if !ok {
			continue
		}
		whole := sample{at: tm.TS, signals: telemetry.Signals{}}
		for path, v := range tm.Signals {
			state[path] = v
		}
		for path, v := range state {
			whole.signals[path] = v
		}
		samples = append(samples, whole)
	}
}

type sample struct {
	at      time.Time
	signals telemetry.Signals
}

func (s sample) num(path string) float64 {
	f, ok := s.signals[path].Number()
	if !ok {
		return math.NaN()
	}
	return f
}

func each(t *testing.T, d time.Duration, check func(t *testing.T, p vehicle.Powertrain, c *sim.Car, messages []sim.Message, samples []sample)) {
	for _, p := range []vehicle.Powertrain{vehicle.Combustion, vehicle.Hybrid, vehicle.Electric} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s, seed %d", p, seed), func(t *testing.T) {
				c, messages, samples := run(t, settings(p, seed, d))
				check(t, p, c, messages, samples)
			})
		}
	}
}

func metres(a, b sample) float64 {
	lat := (b.num(telemetry.Latitude) - a.num(telemetry.Latitude)) * math.Pi / 180 * 6_371_000
	lon := (b.num(telemetry.Longitude) - a.num(telemetry.Longitude)) * math.Pi / 180 * 6_371_000 * math.Cos(a.num(telemetry.Latitude)*math.Pi/180)
	return math.Hypot(lat, lon)
}

func TestDrivesArePlausible(t *testing.T) {
	each(t, 40*time.Minute, func(t *testing.T, _ vehicle.Powertrain, c *sim.Car, _ []sim.Message, samples []sample) {
		integral := 0.0
		for i := 1; i < len(samples); i++ {
			a, b := samples[i-1], samples[i]
			seconds := b.at.Sub(a.at).Seconds()
			require.Greater(t, seconds, 0.0, "time goes on")
			mean := (a.num(telemetry.Speed) + b.num(telemetry.Speed)) / 2 / 3.6
			integral += mean * seconds
			require.InDelta(t, mean*seconds, metres(a, b), 8, "the position moves as far as the speed says, at %s", b.at)
			change := (b.num(telemetry.Speed) - a.num(telemetry.Speed)) / 3.6 / seconds
			require.Greater(t, change, -8.4)
			require.Less(t, change, 4.2)
			require.LessOrEqual(t, b.num(telemetry.Speed), 121.0)
			require.Less(t, math.Abs(b.num(telemetry.AccelerationLateral)), 4.0)
		}
		first, last := samples[0], samples[len(samples)-1]
		travelled := last.num(telemetry.TraveledDistance) - first.num(telemetry.TraveledDistance)
		require.Greater(t, travelled, 10_000.0, "it gets somewhere")
		assert.InEpsilon(t, travelled, integral, 0.01, "distance is the integral of speed")
		assert.InDelta(t, travelled, c.Totals().DistanceM, 2)
		assert.Zero(t, last.num(telemetry.Speed))
		state, _ := last.signals[telemetry.LowVoltageSystemState].Text()
		assert.Equal(t, "OFF", state)
	})
}

func TestSpeedStaysWithinTheLimit(t *testing.T) {
	route := sim.Circuit()
	limitNear := func(s sample) float64 { // the highest limit within the error of the position
		best, at := math.Inf(1), 0.0
		for m := 0.0; m < route.LengthM; m += 10 {
			p := route.At(m)
			d := math.Hypot(p.Latitude-s.num(telemetry.Latitude), (p.Longitude-s.num(telemetry.Longitude))*0.66)
			if d < best {
				best, at = d, m
			}
		}
		return max(route.At(at).LimitMPS, route.At(at-20+route.LengthM).LimitMPS, route.At(at+20).LimitMPS) * 3.6
	}
	_, _, samples := run(t, settings(vehicle.Combustion, 3, 30*time.Minute))
	for i := 0; i < len(samples); i += 5 {
		assert.LessOrEqual(t, samples[i].num(telemetry.Speed), limitNear(samples[i])+2, "at %s", samples[i].at)
	}
}

func TestEnergyIsConserved(t *testing.T) {
	each(t, 40*time.Minute, func(t *testing.T, p vehicle.Powertrain, c *sim.Car, _ []sim.Message, _ []sample) {
		e := c.Totals()
		km := e.DistanceM / 1000
		in := e.FuelJ + e.BatteryJ
		out := e.DragJ + e.RollingJ + e.SlopeJ + e.BrakeJ
		assert.Greater(t, in, out, "no car makes energy")
		switch p {
		case vehicle.Electric:
			assert.Zero(t, e.FuelJ)
			assert.InDelta(t, 17, in/3.6e6/km*100, 7, "kWh/100 km")
		default:
			litres := e.FuelJ / 43_000 / 745 / km * 100
			assert.InDelta(t, 6, litres, 3.5, "l/100 km")
			assert.Less(t, out/in, 0.42, "an engine's best efficiency")
		}
	})
}

func TestTemperaturesAndElectricsStayInBounds(t *testing.T) {
	each(t, 40*time.Minute, func(t *testing.T, p vehicle.Powertrain, _ *sim.Car, _ []sim.Message, samples []sample) {
		for _, s := range samples {
			volts := s.num(telemetry.LowVoltageBattery)
			require.True(t, volts > 9.5 && volts < 15, "%v V", volts)
			if p != vehicle.Electric {
				coolant, oil := s.num(telemetry.EngineCoolant), s.num(telemetry.EngineOil)
				require.True(t, coolant >= 17 && coolant < 110, "coolant %v C", coolant)
				require.True(t, oil >= 17 && oil < 125, "oil %v C", oil)
				require.LessOrEqual(t, s.num(telemetry.EngineSpeed), 6500.0)
				require.True(t, s.num(telemetry.EngineMAP) >= 20 && s.num(telemetry.EngineMAP) <= 100)
				require.True(t, s.num(telemetry.EngineThrottle) >= 0 && s.num(telemetry.EngineThrottle) <= 100)
			}
			if p != vehicle.Combustion {
				soc := s.num(telemetry.StateOfCharge)
				require.True(t, soc > 5 && soc <= 100, "%v %%", soc)
			}
			for _, path := range []string{telemetry.TirePressureFrontLeft, telemetry.TirePressureRearRight} {
				require.InDelta(t, 255, s.num(path), 45)
			}
		}
		if p == vehicle.Combustion {
			last := samples[len(samples)-1]
			assert.Greater(t, last.num(telemetry.EngineCoolant), 80.0, "the engine is warm at the end")
		}
	})
}

func TestFaultsShow(t *testing.T) {
	for name, tc := range map[string]struct {
		faults sim.Faults
		shows  func(s sample) bool
	}{
		"an overheating engine passes 115 C but not 135 C": {sim.Faults{Overheat: true}, func(s sample) bool {
			return s.num(telemetry.EngineCoolant) > 115 && s.num(telemetry.EngineCoolant) < 135
		}},
		"a low battery is below 11.8 V when off": {sim.Faults{LowBattery: true}, func(s sample) bool {
			state, _ := s.signals[telemetry.LowVoltageSystemState].Text()
			return state == "OFF" && s.num(telemetry.LowVoltageBattery) < 11.8
		}},
		"a flat tyre is below 80 % of the placard": {sim.Faults{FlatTyre: true}, func(s sample) bool {
			return s.num(telemetry.TirePressureFrontRight) < 0.8*240 && s.num(telemetry.TirePressureFrontLeft) > 220
		}},
		"trouble codes are listed": {sim.Faults{DTCs: []string{"P0301", "C1234"}}, func(s sample) bool {
			codes, _ := s.signals[telemetry.DTCList].Texts()
			return s.num(telemetry.DTCCount) == 2 && len(codes) == 2 && codes[0] == "P0301"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(vehicle.Combustion, 1, 3*time.Minute)
			shown := func() int {
				_, _, samples := run(t, s)
				n := 0
				for _, x := range samples {
					if tc.shows(x) {
						n++
					}
				}
				return n
			}
			assert.Zero(t, shown(), "a healthy car")
			s.Faults = tc.faults
			assert.Positive(t, shown(), "the faulty car")
		})
	}
}

func TestTroubleCodesAreSentOnceAsDiagnostics(t *testing.T) {
	s := settings(vehicle.Combustion, 1, 2*time.Minute)
	s.Faults.DTCs = []string{"P0301"}
	_, messages, _ := run(t, s)
	var found []sim.Diagnostics
	for _, m := range messages {
		if d, ok := m.Body.(sim.Diagnostics); ok {
			found = append(found, d)
		}
	}
	require.Len(t, found, 1)
	assert.True(t, found[0].MIL)
	assert.Equal(t, "P0301", found[0].Codes[0].Code)
	assert.Contains(t, found[0].Codes[0].FreezeFrame, telemetry.EngineSpeed)
}

func TestTripAndHealthReportComeAtTheEnd(t *testing.T) {
	c, messages, samples := run(t, settings(vehicle.Combustion, 2, 5*time.Minute))
	kinds := map[names.Kind]int{}
	for i, m := range messages {
		kinds[m.Kind]++
		if i > 0 {
			require.False(t, m.At.Before(messages[i-1].At), "in order of time")
		}
	}
	assert.Equal(t, 1, kinds[names.Trip])
	assert.Equal(t, 1, kinds[names.HealthReport])
	trip := messages[len(messages)-3].Body.(sim.Trip)
	assert.InDelta(t, c.Totals().DistanceM, float64(trip.DistanceM), 1)
	assert.InDelta(t, 300, float64(trip.DurationS), 2)
	assert.Positive(t, *trip.FuelL)
	health := messages[len(messages)-2].Body.(sim.HealthReport)
	assert.Equal(t, "OK", health.Systems["tyres"])
	assert.WithinDuration(t, start.Add(5*time.Minute), samples[len(samples)-1].at, 2*time.Second)
}

func TestHarshBrakingIsReportedAndCounted(t *testing.T) {
	events, counted := 0, 0
	for seed := range uint64(8) {
		_, messages, _ := run(t, settings(vehicle.Combustion, seed, 40*time.Minute))
		for _, m := range messages {
			switch b := m.Body.(type) {
			case sim.Event:
				events++
				if b.Kind == "harsh_braking" {
					assert.LessOrEqual(t, b.Value, -3.5)
				}
			case sim.Trip:
				counted += b.HarshBraking + b.HarshAcceleration + b.HarshCornering
			}
		}
	}
	assert.Positive(t, events)
	assert.Equal(t, events, counted)
}

func TestSameSeedGivesTheSameDrive(t *testing.T) {
	_, a, _ := run(t, settings(vehicle.Hybrid, 7, 3*time.Minute))
	_, b, _ := run(t, settings(vehicle.Hybrid, 7, 3*time.Minute))
	_, other, _ := run(t, settings(vehicle.Hybrid, 8, 3*time.Minute))
	assert.Equal(t, encode(t, a), encode(t, b))
	assert.NotEqual(t, encode(t, a), encode(t, other))
}

func encode(t *testing.T, messages []sim.Message) string {
	t.Helper()
	b, err := json.Marshal(messages)
	require.NoError(t, err)
	return string(b)
}

func TestLongDrivesPauseToRefuel(t *testing.T) {
	for _, p := range []vehicle.Powertrain{vehicle.Combustion, vehicle.Electric} {
		s := settings(p, 4, 20*time.Hour)
		s.Interval = 10 * time.Second
		_, messages, samples := run(t, s)
		trips := 0
		for _, m := range messages {
			if m.Kind == names.Trip {
				trips++
			}
		}
		assert.Greater(t, trips, 15)
		for _, x := range samples {
			if p == vehicle.Combustion {
				require.Greater(t, x.num(telemetry.FuelLevel), 2.0)
			} else {
				require.Greater(t, x.num(telemetry.StateOfCharge), 10.0)
			}
		}
	}
}

func TestMessagesAreSmallerThanTheLimit(t *testing.T) {
	_, messages, _ := run(t, settings(vehicle.Hybrid, 1, time.Minute))
	for _, m := range messages {
		b, err := json.Marshal(m.Body)
		require.NoError(t, err)
		assert.Less(t, len(b), 4096)
	}
}

// BenchmarkCar reports the number of cars that one core simulates in real time, at one sample per second.
func BenchmarkCar(b *testing.B) {
	c := sim.New(settings(vehicle.Combustion, 1, 10_000*time.Hour))
	var last time.Time
	b.ReportAllocs()
	for b.Loop() {
		m, ok := c.Next()
		if !ok {
			b.Fatal("the drive ended")
		}
		last = m.At
	}
	b.ReportMetric(last.Sub(start).Seconds()/b.Elapsed().Seconds(), "cars/core")
}
