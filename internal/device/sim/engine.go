package sim

import "math"

// Constants of a petrol engine.
const (
	fuelJPerG      = 43_000.0
	fuelGPerL      = 745.0
	airPerFuel     = 14.7
	burnEfficiency = 0.40 // share of the fuel's energy before friction
	frictionKPA    = 150  // mean pressure lost to friction and pumping
)

// engine is a combustion engine with its gearbox: a Willans line from power to fuel, and the speed-density method from fuel to air.
type engine struct {
	running    bool
	rpm        float64
	gear       int // 0: neutral
	sinceShift float64
	mafGPS     float64
	mapKPA     float64
	throttle   float64 // percent
	fuelGPS    float64
	powerW     float64
	heatW      float64 // heat into the coolant
}

const idleRPM = 780

// stoppedEngine is an engine at rest, with the manifold at atmospheric pressure.
func stoppedEngine() engine { return engine{mapKPA: atmosphereKPA, throttle: 12} }

// step runs the engine for dt seconds at the requested power of the crankshaft (negative: overrun).
func (e *engine) step(m model, wantW, speedMPS, coolantC, dt float64) {
	e.sinceShift += dt
	if !e.running {
		rpm := max(0, e.rpm-2500*dt)
		*e = stoppedEngine()
		e.rpm = rpm
		return
	}
	e.shift(m, wantW, speedMPS)
	e.turn(m, speedMPS, coolantC, dt)
	e.burn(m, wantW)
	e.breathe(m)
}

// shift changes gear by engine speed, at a higher speed when more power is requested.
func (e *engine) shift(m model, wantW, speedMPS float64) {
	if speedMPS < 0.3 && wantW < 4000 {
		e.gear = 0
		return
	}
	if e.gear == 0 {
		e.gear, e.sinceShift = m.startingGear(speedMPS), 0
	}
	load := max(0, min(1, wantW/m.engineW))
	rpm := m.rpmIn(e.gear, speedMPS)
	if e.sinceShift < 0.8 {
		return
	}
	switch {
	case rpm > 2100+3200*load && e.gear < len(m.gears):
		e.gear++
		e.sinceShift = 0
	case rpm < 1150+900*load && e.gear > 1 && m.rpmIn(e.gear-1, speedMPS) < 4800:
		e.gear--
		e.sinceShift = 0
	}
}

// startingGear is the gear for an engine start at that speed: a hybrid's engine starts while the car drives.
func (m model) startingGear(speedMPS float64) int {
	for gear := range len(m.gears) {
		if m.rpmIn(gear+1, speedMPS) < 2600 {
			return gear + 1
		}
	}
	return len(m.gears)
}

func (m model) rpmIn(gear int, speedMPS float64) float64 {
	return m.gears[gear-1] * speedMPS / (2 * math.Pi * m.wheelRadiusM) * 60
}

// turn moves the engine speed towards the speed that the gear demands, limited by clutch and inertia. A cold engine idles faster.
func (e *engine) turn(m model, speedMPS, coolantC, dt float64) {
	target := idleRPM + 6*max(0, 50-coolantC)
	if e.gear > 0 {
		target = max(target, m.rpmIn(e.gear, speedMPS))
	}
	e.rpm += (target - e.rpm) * min(1, dt/0.25)
}

func (e *engine) burn(m model, wantW float64) {
	frictionW := frictionKPA * m.displacementL * e.rpm / 120 // kPa * l = J per working cycle, which takes two revolutions
	e.powerW = max(-frictionW, min(wantW, m.engineW))
	if e.powerW < -0.3*frictionW && e.rpm > 1250 { // overrun: no injection
		e.fuelGPS, e.heatW = 0, 0
		return
	}
	fuelW := max(0, e.powerW+frictionW) / burnEfficiency
	e.fuelGPS = fuelW / fuelJPerG
	e.heatW = 0.28 * fuelW
}

const (
	atmosphereKPA = 99.0
	gasConstant   = 0.287 // kJ/(kg K) of air
	intakeK       = 308.0
	filling       = 0.86 // volumetric efficiency
)

// breathe derives air flow, manifold pressure and throttle from the fuel burnt.
func (e *engine) breathe(m model) {
	perCycle := max(e.rpm, 300) / 120 * m.displacementL * filling / (gasConstant * intakeK) // g/s of air per kPa
	if e.fuelGPS > 0 {
		e.mapKPA = max(22, min(atmosphereKPA, e.fuelGPS*airPerFuel/perCycle))
	} else {
		e.mapKPA = 22
	}
	e.mafGPS = e.mapKPA * perCycle
	share := (e.mapKPA - 20) / (atmosphereKPA - 20)
	e.throttle = min(100, 12+70*math.Pow(share, 1.6)*math.Sqrt(e.rpm/3500))
}
