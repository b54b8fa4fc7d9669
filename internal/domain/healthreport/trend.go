package healthreport

import (
	"time"

	"connectedcar/internal/domain/telemetry"
)

// off reports whether a state of the low-voltage system means that the car is switched off.
func off(state string) bool { return state == "OFF" || state == "LOCK" }

// TrendPaths returns the signals for which trends are computed.
func TrendPaths() []string {
	return []string{
		telemetry.LowVoltageBattery, telemetry.LowVoltageSystemState, telemetry.TirePressureFrontLeft, telemetry.TirePressureFrontRight,
		telemetry.TirePressureRearLeft, telemetry.TirePressureRearRight,
	}
}

// TrendDays is the number of days that trends look back.
const TrendDays = 7

// resting returns the newest voltage of the 12 V battery while the car was switched off; ok is false if there is none.
func resting(rows []telemetry.Row) (volts float64, ok bool) {
	each(rows, telemetry.LowVoltageBattery, off, func(_ time.Time, v float64) { volts, ok = v, true })
	return volts, ok
}

// each calls do for the values of a signal in samples at which in accepts the state of the low-voltage system; a nil in accepts all.
func each(rows []telemetry.Row, path string, in func(state string) bool, do func(at time.Time, v float64)) {
	state := ""
	for _, r := range rows {
		if s, ok := r.Signals[telemetry.LowVoltageSystemState].Text(); ok {
			state = s
		}
		if v, ok := r.Signals[path].Number(); ok && (in == nil || in(state)) {
			do(r.At, v)
		}
	}
}

// slope returns the change per day of a signal's daily minimum, by least squares, and the number of days. Daily minima are comparable:
// they are of a cold tyre and a battery at rest.
func slope(rows []telemetry.Row, path string, in func(state string) bool) (perDay float64, days int) {
	least := map[int64]float64{}
	each(rows, path, in, func(at time.Time, v float64) {
		day := at.Unix() / 86400
		if old, there := least[day]; !there || v < old {
			least[day] = v
		}
	})
	n := float64(len(least))
	if n < 2 {
		return 0, len(least)
	}
	var sumX, sumY float64
	for day, v := range least {
		sumX, sumY = sumX+float64(day), sumY+v
	}
	var above, below float64
	for day, v := range least {
		dx := float64(day) - sumX/n
		above, below = above+dx*(v-sumY/n), below+dx*dx
	}
	return above / below, len(least)
}
