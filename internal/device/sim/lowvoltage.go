package sim

import "math"

// lowVoltage is the 12 V battery with its charger.
type lowVoltage struct {
	charge  float64 // state of charge, 0 to 1
	healthy bool    // the charger works
}

const (
	lowVoltageJ       = 55 * 3600 * 12.6
	lowVoltageCharger = 600.0 // most power into the battery, in watts
	crankVolts        = 10.4
	chargeVolts       = 14.3
)

// step charges or discharges the battery for dt seconds.
func (l *lowVoltage) step(state string, dt float64) {
	switch {
	case state == stateOff:
		l.charge -= 0.3 * dt / lowVoltageJ
	case l.healthy:
		l.charge += lowVoltageCharger * (1 - l.charge) * dt / lowVoltageJ
	default:
		l.charge -= accessoriesW * dt / lowVoltageJ
	}
	l.charge = max(0.05, min(1, l.charge))
}

// volts is the voltage at the terminals.
func (l *lowVoltage) volts(state string) float64 {
	open := 11.2 + 1.5*math.Sqrt(l.charge)
	switch {
	case state == stateStart:
		return min(crankVolts, open-1.8)
	case state == stateOn && l.healthy:
		return chargeVolts - 0.5*(l.charge-0.8)
	case state == stateOn:
		return open - 0.35
	default:
		return open
	}
}
