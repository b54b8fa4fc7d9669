package sim

import "connectedcar/internal/domain/vehicle"

func hasEngine(p vehicle.Powertrain) bool  { return p != vehicle.Electric }
func hasBattery(p vehicle.Powertrain) bool { return p != vehicle.Combustion }

// model holds the mass, the resistances and the machines of a kind of car.
type model struct {
	massKG          float64
	dragAreaM2      float64 // drag coefficient times frontal area
	rolling         float64 // coefficient of rolling resistance
	wheelRadiusM    float64
	engineW         float64 // largest power at the crankshaft
	displacementL   float64
	gears           []float64 // engine turns per wheel turn, first gear first
	tankL           float64
	motorW          float64 // largest power of the electric machine
	regenerationW   float64 // largest power recovered when braking
	batteryJ        float64 // usable energy of the traction battery
	placardFrontKPA float64
	placardRearKPA  float64
}

const joulesPerKWh = 3.6e6

// modelOf returns the data of a compact car with that powertrain.
func modelOf(p vehicle.Powertrain) model {
	m := model{
		massKG: 1420, dragAreaM2: 0.64, rolling: 0.010, wheelRadiusM: 0.31, placardFrontKPA: 240, placardRearKPA: 230,
		engineW: 96_000, displacementL: 1.5, gears: []float64{14.2, 8.3, 5.6, 4.2, 3.3, 2.7}, tankL: 50,
	}
	switch p {
	case vehicle.Hybrid:
		m.massKG, m.engineW, m.tankL = 1500, 78_000, 43
		m.motorW, m.regenerationW, m.batteryJ = 60_000, 40_000, 1.3*joulesPerKWh
	case vehicle.Electric:
		m.massKG, m.dragAreaM2, m.engineW, m.displacementL, m.gears, m.tankL = 1830, 0.58, 0, 0, nil, 0
		m.motorW, m.regenerationW, m.batteryJ = 150_000, 80_000, 58*joulesPerKWh
		m.placardFrontKPA, m.placardRearKPA = 260, 260
	}
	return m
}

const (
	gravity       = 9.81
	airDensity    = 1.2
	driveline     = 0.92 // share of the machine's power that reaches the wheels
	rotatingMass  = 1.04 // factor on the mass when accelerating, for rotating wheels and shafts
	accessoriesW  = 450  // lights, fans and control units
	conditioningW = 900
)

// resistanceN returns the resisting forces, in newtons, at that speed on that slope.
func (m model) resistanceN(speedMPS, grade float64) (drag, rolling, slope float64) {
	drag = 0.5 * airDensity * m.dragAreaM2 * speedMPS * speedMPS
	if speedMPS > 0.05 {
		rolling = m.massKG * gravity * m.rolling
	}
	return drag, rolling, m.massKG * gravity * grade
}

// powerW is the largest power of all machines together at the wheels, in watts.
func (m model) powerW(p vehicle.Powertrain) float64 {
	w := m.engineW
	if hasBattery(p) {
		w += m.motorW
	}
	return w * driveline
}
