package sim

import "math"

// lowVoltage is the 12 V battery and what charges it.
type lowVoltage struct {
	charge  float64 // 0 to 1
	healthy bool    // charging works
}

const (
	lowVoltageJ       = 55 * 3600 * 12.6
	lowVoltageCharger = 600.0 // W into the battery, at most
	crankVolts        = 10.4
	chargeVolts       = 14.3
)

// step charges or discharges for dt seconds.
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

// volts at the terminals.
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
