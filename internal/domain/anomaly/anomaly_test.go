package anomaly_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// watched is a car whose memory is encoded and decoded around every sample.
type watched struct {
	t      testing.TB
	stored []byte
	told   []anomaly.Change
	age    time.Duration

	dismissed []anomaly.Dismissal
}

func (w *watched) say(at time.Duration, s telemetry.Signals) {
	w.t.Helper()
	m, err := anomaly.Decode(w.stored)
	require.NoError(w.t, err)
	moment := noon.Add(at)
	m.Dismiss(w.dismissed, moment)
	w.told = append(w.told, anomaly.New(anomaly.Defaults()).Observe(m, []anomaly.Sample{{At: moment, Signals: s}}, moment.Add(w.age))...)
	w.stored = m.Encode()
	require.LessOrEqual(w.t, len(w.stored), anomaly.MaxSize)
}

// each observes a sample every second from one second to another, both included.
func (w *watched) each(from, to int, s func(second int) telemetry.Signals) {
	for n := from; n <= to; n++ {
		w.say(time.Duration(n)*time.Second, s(n))
	}
}

func (w *watched) keys() []string {
	keys := []string{}
	for _, c := range w.told {
		key := c.DedupKey
		if c.Resolved {
			key = "-" + key
		}
		keys = append(keys, key)
	}
	return keys
}

func constant(path string, v telemetry.Value) func(int) telemetry.Signals {
	return func(int) telemetry.Signals { return telemetry.Signals{path: v} }
}

func number(path string, f float64) func(int) telemetry.Signals {
	return constant(path, telemetry.Number(f))
}

func with(path string, f float64, more telemetry.Signals) func(int) telemetry.Signals {
	return func(int) telemetry.Signals {
		s := telemetry.Signals{path: telemetry.Number(f)}
		for p, v := range more {
			s[p] = v
		}
		return s
	}
}

func TestLimits(t *testing.T) {
	off := telemetry.Signals{telemetry.LowVoltageSystemState: telemetry.Text("OFF")}
	on := telemetry.Signals{telemetry.LowVoltageSystemState: telemetry.Text("ON")}
	hybrid := telemetry.Signals{telemetry.PowertrainType: telemetry.Text("HYBRID")}
	tests := map[string]struct {
		drive func(w *watched)
		want  []string
	}{
		"coolant above 115 C for 5 seconds, and right again": {func(w *watched) {
			w.each(0, 6, number(telemetry.EngineCoolant, 116))
			w.each(7, 9, number(telemetry.EngineCoolant, 107))
		}, []string{"engine_overheat", "-engine_overheat"}},
		"115 C is allowed": {func(w *watched) { w.each(0, 60, number(telemetry.EngineCoolant, 115)) }, []string{}},
		"trembling at the limit rings once": {func(w *watched) {
			w.each(0, 6, number(telemetry.EngineCoolant, 116))
			w.each(7, 60, func(n int) telemetry.Signals { return number(telemetry.EngineCoolant, float64(113+n%5))(n) })
		}, []string{"engine_overheat"}},
		"a moment above is nothing": {func(w *watched) {
			w.each(0, 3, number(telemetry.EngineCoolant, 118))
			w.each(4, 20, number(telemetry.EngineCoolant, 105))
		}, []string{}},
		"a sensor without a value ends what it said": {func(w *watched) {
			w.each(0, 3, number(telemetry.EngineCoolant, 118))
			w.each(4, 4, constant(telemetry.EngineCoolant, telemetry.Null))
			w.each(5, 7, number(telemetry.EngineCoolant, 118))
		}, []string{}},
		"oil above 130 C":                 {func(w *watched) { w.each(0, 6, number(telemetry.EngineOil, 131)) }, []string{"oil_overtemp"}},
		"a low battery when off":          {func(w *watched) { w.each(0, 60, with(telemetry.LowVoltageBattery, 11.7, off)) }, []string{"battery_low"}},
		"a low battery while on is other": {func(w *watched) { w.each(0, 60, with(telemetry.LowVoltageBattery, 11.7, on)) }, []string{}},
		"a tyre below 80 % of 230 kPa": {func(w *watched) { w.each(0, 21, number(telemetry.TirePressureRearLeft, 183)) },
			[]string{"tyre_pressure_low/" + telemetry.TirePressureRearLeft}},
		"a tyre at 80 %":           {func(w *watched) { w.each(0, 60, number(telemetry.TirePressureRearLeft, 184)) }, []string{}},
		"little fuel":              {func(w *watched) { w.each(0, 61, number(telemetry.FuelLevel, 7)) }, []string{"fuel_low"}},
		"little charge":            {func(w *watched) { w.each(0, 31, number(telemetry.StateOfCharge, 11)) }, []string{"soc_low"}},
		"a hybrid's charge is not": {func(w *watched) { w.each(0, 31, with(telemetry.StateOfCharge, 11, hybrid)) }, []string{}},
		"too fast":                 {func(w *watched) { w.each(0, 6, number(telemetry.Speed, 181)) }, []string{"overspeed"}},
		"data older than 15 minutes": {func(w *watched) {
			w.age = 15*time.Minute + time.Second
			w.each(0, 60, number(telemetry.EngineCoolant, 120))
		}, []string{}},
		"an impossible jump of coolant is not hot": {func(w *watched) {
			w.each(0, 30, number(telemetry.EngineCoolant, 90))
			w.each(31, 32, number(telemetry.EngineCoolant, 150))
			w.each(33, 60, number(telemetry.EngineCoolant, 90))
		}, []string{}},
		"a sensor that keeps jumping": {func(w *watched) {
			w.each(0, 100, func(n int) telemetry.Signals {
				v := 90.0
				if n%20 == 10 {
					v = 150
				}
				return number(telemetry.EngineCoolant, v)(n)
			})
		}, []string{"anomaly." + telemetry.EngineCoolant + "#jumps"}},
		"a sensor that falls silent while driving": {func(w *watched) {
			w.each(0, 10, with(telemetry.EngineCoolant, 90, telemetry.Signals{telemetry.Speed: telemetry.Number(50)}))
			w.each(11, 140, constant(telemetry.EngineCoolant, telemetry.Null))
		}, []string{"anomaly." + telemetry.EngineCoolant + "#silent"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := &watched{t: t}
			tt.drive(w)
			assert.Equal(t, tt.want, w.keys())
		})
	}
}

func TestFindingsSayWhy(t *testing.T) {
	w := &watched{t: t}
	w.each(0, 6, number(telemetry.EngineCoolant, 122))
	require.Len(t, w.told, 1)
	c := w.told[0]
	assert.Equal(t, telemetry.EngineCoolant, c.Finding.Signal)
	assert.Equal(t, 122.0, c.Finding.Value)
	assert.Equal(t, 115.0, c.Finding.High)
	assert.Equal(t, 2.0, c.Finding.Score)
	assert.Equal(t, "The coolant temperature is 122 celsius, above 115 for 5s.", c.Finding.Why)
	n := c.Notice("WVWZZZ1JZXW000001")
	assert.Equal(t, alert.EngineOverheat, n.Kind)
	assert.Equal(t, 115.0, *n.Threshold)
}

func TestWhatIsUnusualForThisCar(t *testing.T) {
	tyres := func(rearLeft func(n int) float64) func(int) telemetry.Signals {
		return func(n int) telemetry.Signals {
			return telemetry.Signals{
				telemetry.TirePressureFrontLeft: telemetry.Number(240), telemetry.TirePressureFrontRight: telemetry.Number(241),
				telemetry.TirePressureRearRight: telemetry.Number(232), telemetry.TirePressureRearLeft: telemetry.Number(rearLeft(n)),
			}
		}
	}
	w := &watched{t: t}
	w.each(0, 1200, tyres(func(n int) float64 { return 230 + float64(n%3) }))
	assert.Empty(t, w.told)
	w.each(1201, 1800, tyres(func(int) float64 { return 205 })) // not yet below 80 %
	require.Len(t, w.told, 1)
	assert.True(t, strings.HasPrefix(w.told[0].DedupKey, "anomaly."+telemetry.TirePressureRearLeft+"#unusual"))
	assert.Less(t, w.told[0].Finding.Value, w.told[0].Finding.Low)
}

// steadyDrive observes a drive at a steady speed with a warm engine.
func steadyDrive(w *watched, from, to int, coolant, revs func(n int) float64) {
	w.each(from, to, func(n int) telemetry.Signals {
		return telemetry.Signals{
			telemetry.Speed: telemetry.Number(float64(80 + n%2)), telemetry.EngineSpeed: telemetry.Number(revs(n)),
			telemetry.EngineCoolant: telemetry.Number(coolant(n)),
		}
	})
}

func TestSignalsThatAreRougherThanThisCarIsUsedTo(t *testing.T) {
	warm := func(n int) float64 { return float64(90 + n/40%2) }
	smooth := func(n int) float64 { return float64(2000 + n%9) }
	tests := map[string]struct {
		coolant, revs func(n int) float64
		want          []string
	}{
		"a healthy engine": {warm, smooth, []string{}},
		"an engine that misfires": {warm, func(n int) float64 { return smooth(n) - float64(150*(n%3/2)) },
			[]string{"anomaly." + telemetry.EngineSpeed + "#unusual9"}},
		"a coolant sensor that trembles": {func(n int) float64 { return 90 + 5*float64(n%2) }, smooth,
			[]string{"anomaly." + telemetry.EngineCoolant + "#unusual8"}},
		"a driver who changes gear": {warm, func(n int) float64 { return smooth(n) - float64(n/20%2*700) }, []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := &watched{t: t}
			steadyDrive(w, 0, 3000, warm, smooth)
			steadyDrive(w, 3001, 3600, test.coolant, test.revs)
			assert.Equal(t, test.want, w.keys())
		})
	}
}

func TestSamplesCountOnce(t *testing.T) {
	w := &watched{t: t}
	w.each(0, 6, number(telemetry.EngineCoolant, 122))
	before := w.stored
	w.each(0, 6, number(telemetry.EngineCoolant, 80))
	assert.Len(t, w.told, 1)
	assert.Equal(t, before, w.stored)
}
