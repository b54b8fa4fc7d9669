package anomaly

import "math"

// subjects are the measures that have a baseline, by index of Memory.bases. Each is learned only in the state of the car in which it has a
// usual value: the coolant of an engine that is warm by running time and by its heat, the battery charging or at rest, each tyre
// against the car's others, which sun and speed warm alike.
var subjects = withDefinitions([baseCount]subject{
	baseCoolant: {id: 0, signal: coolant, context: "while the engine is warm",
		check: "the thermostat, the coolant level and the sensor",
		measure: func(m *Memory) (float64, bool) {
			v, ok := m.value(coolant)
			return v, ok && m.said(coolant) && m.warm()
		}},
	baseCharging: {id: 1, signal: volts, context: "while it is being charged",
		check: "the alternator or DC/DC converter, its belt and the battery's terminals",
		measure: func(m *Memory) (float64, bool) {
			v, ok := m.value(volts)
			return v, ok && m.said(volts) && m.charging()
		}},
	baseResting: {id: 2, signal: volts, context: "while the car is off",
		check: "the battery's age and what draws current while the car is parked",
		measure: func(m *Memory) (float64, bool) {
			v, ok := m.value(volts)
			return v, ok && m.said(volts) && m.off() && m.restS > 300
		}},
	baseFrontLeft:  tyreSubject(3, tyreFrontLeft),
	baseFrontRight: tyreSubject(4, tyreFrontRight),
	baseRearLeft:   tyreSubject(5, tyreRearLeft),
	baseRearRight:  tyreSubject(6, tyreRearRight),
	baseFilling: {id: 7, signal: maf, context: "for the engine's speed and manifold pressure",
		check: "the air-flow sensor, the air filter and leaks of the intake", measure: (*Memory).filling},
	baseCoolantNoise: {id: 8, signal: coolant, context: "in its steps from one value to the next",
		check: "the coolant sensor and its plug",
		measure: func(m *Memory) (float64, bool) {
			step := math.Abs(m.signals[coolant].step)
			return step, step == step && m.said(coolant) && m.warm()
		}},
	baseHunting: {id: 9, signal: rpm, context: "at steady speed, in going up and down",
		check: "the spark plugs, the ignition coils and the injectors", measure: (*Memory).hunting},
})

func withDefinitions(all [baseCount]subject) [baseCount]subject {
	for i := range all {
		all[i].definition = defined.of(all[i].id)
	}
	return all
}

const (
	warmAirG    = 12_000 // grams of air that heat an engine's coolant from frost to its working temperature (28 % of the fuel's heat, 58 kJ/K)
	warmS       = 600
	steadyKPH   = 1.5 // largest change of speed between two values at a steady speed
	mostHunting = 300 // rpm; greater values are cut off
	chargesForS = 60  // seconds after the start until the voltage has settled
)

// warm reports whether the engine has run for so long, and produced so much heat, that its coolant must be warm. A car without an air
// flow sensor is judged by a longer running time alone.
func (m *Memory) warm() bool {
	_, measured := m.value(maf)
	return m.running && (measured && m.runS > warmS && m.airG > warmAirG || !measured && m.runS > 2*warmS)
}

// charging reports whether the 12 V battery is being charged: by a running engine, or by the traction battery of a car that is on.
func (m *Memory) charging() bool {
	kind, known := m.value(powertrain)
	return m.on && m.onS > chargesForS && (m.running || known && kind != combustion)
}

// off reports whether the car is switched off.
func (m *Memory) off() bool {
	state, known := m.value(system)
	return known && state == systemOff && !m.running
}

// filling returns the air flow over engine speed times manifold pressure, which depends on the engine's size.
func (m *Memory) filling() (float64, bool) {
	air, a := m.value(maf)
	revs, b := m.value(rpm)
	pressure, c := m.value(manifold)
	if !a || !b || !c || !m.said(maf) || !m.said(rpm) || !m.running || air < 0.5 || revs < 1000 || pressure < 25 || m.runS < 30 {
		return 0, false
	}
	return air / (revs * pressure) * 1e4, true
}

// tyreSubject returns the subject of a tyre: its pressure less the mean of the other three.
func tyreSubject(id byte, tyre int) subject {
	return subject{id: id, signal: tyre, context: "against the car's other tyres",
		check: "that tyre for a puncture, and its valve",
		measure: func(m *Memory) (float64, bool) {
			sum := 0.0
			for i := tyreFrontLeft; i <= tyreRearRight; i++ {
				v, ok := m.value(i)
				if !ok {
					return 0, false
				}
				if i != tyre {
					sum += v
				}
			}
			return m.signals[tyre].value - sum/3, m.said(tyre)
		}}
}

// hunting returns how far the engine speed goes up and down again, or down and up, while the car keeps its speed or stands: cylinders
// that misfire cause it. A change of gear or throttle moves the engine speed in one direction only. ok is false if a value is missing.
func (m *Memory) hunting() (float64, bool) {
	revs, v := &m.signals[rpm], &m.signals[speed]
	steady := math.Abs(v.step) <= steadyKPH && math.Abs(v.stepped) <= steadyKPH
	if !steady || !m.running || !m.warm() || !m.said(rpm) || !m.said(speed) || !finite(revs.step*revs.stepped) {
		return 0, false
	}
	if revs.step*revs.stepped >= 0 {
		return 0, true
	}
	return min(math.Abs(revs.step), math.Abs(revs.stepped), mostHunting), true
}
