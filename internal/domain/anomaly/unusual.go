package anomaly

import (
	"fmt"
	"math"
	"time"

	"connectedcar/internal/domain/alert"
)

// physics returns the rules that hold for every car, whatever its baseline.
func physics() []rule {
	cold := alert.Condition{Raise: 65, Clear: 72, Below: true, For: time.Minute, Gap: usualGap}
	flat := alert.Condition{Raise: 12.7, Clear: 13.1, Below: true, For: 2 * time.Minute, Gap: usualGap}
	return []rule{
		{
			slot: slotThermostat, kind: kindOf(coolant), key: keyOf(coolant, "cold"), signal: coolant, cond: cold,
			measure: func(m *Memory) (float64, bool) {
				v, ok := m.value(coolant)
				return v, ok && m.warm()
			},
			explain: func(m *Memory, v float64, c alert.Condition) Finding {
				return Finding{
					Value: v, Low: c.Raise, High: 115, Score: distance(v, c.Raise, c.Clear),
					Why:        fmt.Sprintf("The coolant is at %.0f celsius after the engine ran for %.0f minutes: it does not get warm.", v, m.runS/60),
					Confidence: VeryLikely, Ground: everyCar, LookAt: "the thermostat, which may hang open, and the coolant sensor",
				}
			},
		},
		{
			slot: slotAlternator, kind: kindOf(volts), key: keyOf(volts, "uncharged"), signal: volts, cond: flat,
			measure: func(m *Memory) (float64, bool) {
				v, ok := m.value(volts)
				return v, ok && m.charging()
			},
			explain: func(_ *Memory, v float64, c alert.Condition) Finding {
				return Finding{
					Value: v, Low: c.Raise, High: math.Inf(1), Score: distance(v, c.Raise, c.Clear),
					Why:        fmt.Sprintf("The 12 V battery is at %.2f V, below %.1f for %s while the car runs: it is not being charged.", v, c.Raise, c.For),
					Confidence: VeryLikely, Ground: everyCar, LookAt: "the alternator or DC/DC converter, its belt and the battery's terminals",
				}
			},
		},
	}
}

// everyCar is the ground of the confidence in a physical limit.
const everyCar = "the limit holds for every car"

func kindOf(signal int) alert.Kind { return alert.Anomaly(traits[signal].path) }

// keyOf returns the dedup key of one way in which a signal can be unusual.
func keyOf(signal int, way string) string { return string(kindOf(signal)) + "#" + way }

// sensor returns the rules for a sensor that stands still, is silent or jumps.
func sensor(i int) []rule {
	is := &traits[i]
	var all []rule
	// v is in seconds of driving; the true time is longer if the car stood meanwhile.
	lasted := func(m *Memory, v float64) time.Time { return time.UnixMilli(m.at - int64(1000*v)) }
	jumped := func(m *Memory, _ float64) time.Time { return time.UnixMilli(m.signals[i].oddAt) }
	add := func(slot int, way string, c alert.Condition, measure func(*Memory) (float64, bool), since func(*Memory, float64) time.Time,
		why func(m *Memory, c alert.Condition) string) {
		all = append(all, rule{
			slot: slot + i, kind: kindOf(i), key: keyOf(i, way), signal: i, cond: c, measure: measure,
			explain: func(m *Memory, v float64, c alert.Condition) Finding {
				value := m.signals[i].value
				if way == "jumps" {
					value = m.signals[i].odd
				}
				if !finite(value) {
					value = 0
				}
				return Finding{
					Value: value, Low: math.Inf(-1), High: math.Inf(1), Score: v / c.Raise, Why: why(m, c),
					Confidence: Likely, Ground: "no sensor that works does so", LookAt: "the sensor, its plug and its wiring",
				}
			},
			since: since,
		})
	}
	if is.still > 0 {
		add(slotStill, "still", alert.Condition{Raise: is.still, Clear: 1, Gap: usualGap}, func(m *Memory) (float64, bool) { return m.stillS(i) }, lasted,
			func(m *Memory, c alert.Condition) string {
				return fmt.Sprintf("The %s has been exactly %.4g %s for %.0f seconds of driving: the sensor may be stuck.", is.name, m.signals[i].value, is.unit, c.Raise)
			})
	}
	if is.silent > 0 {
		add(slotSilent, "silent", alert.Condition{Raise: is.silent, Clear: 0, Gap: usualGap}, func(m *Memory) (float64, bool) { return m.silentS(i) }, lasted,
			func(_ *Memory, c alert.Condition) string {
				return fmt.Sprintf("The %s has had no valid value for %.0f seconds of driving.", is.name, c.Raise)
			})
	}
	if is.rate > 0 {
		add(slotJumps, "jumps", alert.Condition{Raise: jumpsAt, Clear: 0.5, Gap: usualGap},
			func(m *Memory) (float64, bool) { return m.signals[i].faded(m.at), m.signals[i].known }, jumped,
			func(m *Memory, _ alert.Condition) string {
				return fmt.Sprintf("The %s jumped %.0f times within minutes, faster than it can change (last to %.4g %s from %.4g).",
					is.name, math.Ceil(m.signals[i].jumps), m.signals[i].odd, is.unit, m.signals[i].value)
			})
	}
	return all
}

// stillS returns the seconds of driving for which a signal has not changed: 0 for one that may stand still, such as a stopped engine's.
func (m *Memory) stillS(i int) (float64, bool) {
	t := &m.signals[i]
	if !t.known || t.value != t.value || !m.said(i) { // NaN differs from itself
		return 0, false
	}
	if i == rpm || i == maf || i == manifold || i == coolant || i == oil {
		if kind, known := m.value(powertrain); t.value == 0 || known && kind != combustion {
			return 0, true // a hybrid's engine may be off while the car drives
		}
	}
	return m.driveS - t.changedAt, true
}

// silentS returns the seconds of driving for which a sensor that once worked has had no valid value.
func (m *Memory) silentS(i int) (float64, bool) {
	t := &m.signals[i]
	if !t.known || !m.said(i) {
		return 0, false
	}
	if t.value == t.value { // not NaN
		return 0, true
	}
	return m.driveS - t.changedAt, true
}

// unusual returns the rule of a baseline.
func unusual(i int) rule {
	s := &subjects[i]
	return rule{
		slot: slotBases + i, kind: kindOf(s.signal), key: s.key(), signal: s.signal,
		cond: alert.Condition{Raise: 1, Clear: 0.5, Gap: usualGap},
		measure: func(m *Memory) (float64, bool) {
			_, ok := s.measure(m)
			return m.bases[i].score(), ok && m.bases[i].Count >= learnt
		},
		since: func(m *Memory, _ float64) time.Time { return time.UnixMilli(m.bases[i].Since) },
		explain: func(m *Memory, score float64, _ alert.Condition) Finding {
			b := &m.bases[i]
			usual, reach := float64(b.Mean), farAt*b.scale(m.least(i))*m.width(slotBases+i)
			v, _ := s.measure(m)
			whom, ground := b.judges()
			return Finding{
				Value: v, Low: usual - reach, High: usual + reach, Score: score,
				Why: fmt.Sprintf("The %s is unusual for %s %s: %.4g where %.4g to %.4g is usual", traits[s.signal].name, whom, s.context,
					v, usual-reach, usual+reach),
				Confidence: b.confidence(math.Abs(v-usual) / reach), Ground: ground, LookAt: s.check,
			}
		},
	}
}
