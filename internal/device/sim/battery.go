package sim

import "math"

// tractionBattery models the charge and the heat of the high-voltage battery.
type tractionBattery struct {
	capacityJ float64
	chargeJ   float64
	health    float64 // state of health in percent
	tempC     float64
	powerW    float64 // at the terminals; positive: discharging
	charging  bool
}

const (
	machineEfficiency = 0.92 // from battery to shaft, and back
	batteryHeatShare  = 0.03 // share of the power that becomes heat in the cells
	batteryHeatJPerK  = 350_000
	batteryCoolWPerK  = 120
)

// step moves energy for dt seconds: shaftW at the shaft (negative: regeneration), otherW to all other consumers.
func (b *tractionBattery) step(shaftW, otherW, ambientC, dt float64) {
	b.powerW = otherW
	if shaftW >= 0 {
		b.powerW += shaftW / machineEfficiency
	} else {
		b.powerW += shaftW * machineEfficiency
	}
	b.move(b.powerW, ambientC, dt)
}

// charge charges the battery with w watts for dt seconds.
func (b *tractionBattery) charge(w, ambientC, dt float64) {
	b.charging = b.soc() < 90
	if b.charging {
		b.powerW = -w
		b.move(b.powerW, ambientC, dt)
	}
}

func (b *tractionBattery) move(w, ambientC, dt float64) {
	b.chargeJ = max(0, min(b.capacityJ, b.chargeJ-w*dt))
	heat := math.Abs(w)*batteryHeatShare - batteryCoolWPerK*(b.tempC-ambientC)
	b.tempC += heat * dt / batteryHeatJPerK
}

// soc is the state of charge in percent.
func (b *tractionBattery) soc() float64 { return 100 * b.chargeJ / b.capacityJ }
