package anomaly_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
)

// fourTyres returns samples with usual pressures except for the rear left tyre.
func fourTyres(rearLeft func(n int) float64) func(int) telemetry.Signals {
	return func(n int) telemetry.Signals {
		return telemetry.Signals{
			telemetry.TirePressureFrontLeft: telemetry.Number(240), telemetry.TirePressureFrontRight: telemetry.Number(241),
			telemetry.TirePressureRearRight: telemetry.Number(232), telemetry.TirePressureRearLeft: telemetry.Number(rearLeft(n)),
		}
	}
}

const rearLeftUnusual = "anomaly." + telemetry.TirePressureRearLeft + "#unusual5"

func dismissals(n int, key string, at time.Time) []anomaly.Dismissal {
	all := make([]anomaly.Dismissal, n)
	for i := range all {
		all[i] = anomaly.Dismissal{AlertID: alert.ID(at, key), Key: key, At: at}
	}
	return all
}

func TestADismissalRaisesTheLimitOfItsRule(t *testing.T) {
	slack := func(int) float64 { return 215 }   // 16 kPa lower than usual
	flatter := func(int) float64 { return 205 } // 26 kPa lower, not yet below 80 %
	for name, tc := range map[string]struct {
		dismissed []anomaly.Dismissal
		tyre      func(int) float64
		want      []string
	}{
		"without one the tyre is unusual":             {nil, slack, []string{rearLeftUnusual}},
		"once dismissed it is not":                    {dismissals(1, rearLeftUnusual, noon), slack, []string{}},
		"what is worse than that still is":            {dismissals(1, rearLeftUnusual, noon), flatter, []string{rearLeftUnusual}},
		"dismissed for good, nothing of that size is": {dismissals(3, rearLeftUnusual, noon), flatter, []string{}},
		"a dismissal of another tyre changes nothing": {dismissals(4, "anomaly."+telemetry.TirePressureFrontLeft+"#unusual3", noon), slack, []string{rearLeftUnusual}},
		"an old dismissal has lost its word":          {dismissals(4, rearLeftUnusual, noon.Add(-alert.Retention)), slack, []string{rearLeftUnusual}},
		"one of a rule that is gone changes nothing":  {dismissals(4, "anomaly.Vehicle.Gone#unusual99", noon), slack, []string{rearLeftUnusual}},
		"one of a fixed limit changes nothing": {dismissals(4, "tyre_pressure_low/"+telemetry.TirePressureRearLeft, noon), func(n int) float64 { return 230 - float64(48*(n/1590)) },
			[]string{"tyre_pressure_low/" + telemetry.TirePressureRearLeft}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watched{t: t, dismissed: tc.dismissed}
			w.each(0, 1200, fourTyres(func(n int) float64 { return 230 + float64(n%3) }))
			w.each(1201, 1620, fourTyres(tc.tyre))
			assert.Equal(t, tc.want, w.keys())
		})
	}
}

func TestADismissalOfASensorsRuleGivesItLonger(t *testing.T) {
	key := "anomaly." + telemetry.EngineCoolant + "#silent"
	silent := func(seconds int, dismissed []anomaly.Dismissal) []string {
		w := &watched{t: t, dismissed: dismissed}
		w.each(0, 10, with(telemetry.EngineCoolant, 90, telemetry.Signals{telemetry.Speed: telemetry.Number(50)}))
		w.each(11, 10+seconds, constant(telemetry.EngineCoolant, telemetry.Null))
		return w.keys()
	}
	assert.Equal(t, []string{key}, silent(130, nil))
	assert.Equal(t, []string{}, silent(130, dismissals(1, key, noon)))
	assert.Equal(t, []string{key}, silent(250, dismissals(1, key, noon)), "240 seconds instead of 120")
}

func TestWidth(t *testing.T) {
	for n, want := range []float64{1, 2, 4, 8, 8} {
		assert.Equal(t, want, anomaly.Width("k", dismissals(n, "k", noon), noon), "%d dismissals", n)
	}
	assert.Equal(t, 1.0, anomaly.Width("other", dismissals(4, "k", noon), noon))
}

func TestOnlyAnomaliesCanBeDismissed(t *testing.T) {
	require.NoError(t, anomaly.Dismissible(alert.Alert{Kind: alert.Anomaly(telemetry.TirePressureRearLeft), DedupKey: rearLeftUnusual}))
	for name, a := range map[string]alert.Alert{
		"a crash":                  {Kind: alert.Crash, DedupKey: "crash"},
		"a fixed limit":            {Kind: alert.EngineOverheat, DedupKey: "engine_overheat"},
		"a rule that is not there": {Kind: alert.Anomaly("Vehicle.Gone"), DedupKey: "anomaly.Vehicle.Gone#still"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, errs.Invalid, errs.Of(anomaly.Dismissible(a)))
		})
	}
}

func TestAnAnomalySaysSinceWhenHowSureAndWhatToLookAt(t *testing.T) {
	w := &watched{t: t}
	w.each(0, 1200, fourTyres(func(n int) float64 { return 230 + float64(n%3) }))
	w.each(1201, 1800, fourTyres(func(int) float64 { return 205 }))
	require.Len(t, w.told, 1)
	f := w.told[0].Finding
	assert.Equal(t, "The rear left tyre pressure is unusual for this car against the car's other tyres: -32.67 where -27.61 to 12.39 is usual, "+
		"since 12:20 UTC (possible: judged by 22 minutes of this car); look at that tyre for a puncture, and its valve.", f.Why)
	assert.Equal(t, anomaly.Possible, f.Confidence)
	assert.WithinDuration(t, noon.Add(20*time.Minute), f.Since, time.Minute)
}

func TestEverySentenceFitsAnAlert(t *testing.T) {
	w := &watched{t: t}
	w.each(0, 10, with(telemetry.EngineCoolant, 90, telemetry.Signals{telemetry.Speed: telemetry.Number(50)}))
	w.each(11, 140, constant(telemetry.EngineCoolant, telemetry.Null))
	require.Len(t, w.told, 1)
	assert.Equal(t, "The coolant temperature has had no valid value for 120 seconds of driving, since 12:00 UTC "+
		"(likely: no sensor that works does so); look at the sensor, its plug and its wiring.", w.told[0].Finding.Why)
	assert.LessOrEqual(t, len(w.told[0].Finding.Why), alert.MaxDetail)
}
