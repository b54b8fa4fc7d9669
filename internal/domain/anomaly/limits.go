package anomaly

import (
	"fmt"
	"math"
	"time"

	"connectedcar/internal/domain/alert"
)

const flatShare = 0.8 // share of the placard pressure below which a tyre is flat

// limits returns the rules with fixed limits.
func limits(s Settings) []rule {
	all := []rule{
		limit(slotCoolant, alert.EngineOverheat, coolant, alert.Condition{Raise: 115, Clear: 108, For: 5 * time.Second, Gap: usualGap}, plain(coolant)),
		limit(slotOil, alert.OilOvertemp, oil, alert.Condition{Raise: 130, Clear: 123, For: 5 * time.Second, Gap: usualGap}, plain(oil)),
		limit(slotBattery, alert.BatteryLow, volts, alert.Condition{Raise: 11.8, Clear: 12.1, Below: true, For: 50 * time.Second, Gap: parkedGap},
			func(m *Memory) (float64, bool) {
				v, ok := m.value(volts)
				return v, ok && m.off()
			}),
		limit(slotFuel, alert.FuelLow, fuel, alert.Condition{Raise: s.FuelLow, Clear: s.FuelLow + 4, Below: true, For: time.Minute, Gap: usualGap}, plain(fuel)),
		limit(slotCharge, alert.SoCLow, charge, alert.Condition{Raise: s.ChargeLow, Clear: s.ChargeLow + 4, Below: true, For: 30 * time.Second, Gap: usualGap},
			func(m *Memory) (float64, bool) {
				v, ok := m.value(charge)
				kind, known := m.value(powertrain)
				return v, ok && !(known && kind == hybrid) // a hybrid's engine charges the traction battery, so a low charge is no fault
			}),
		limit(slotSpeed, alert.Overspeed, speed, alert.Condition{Raise: s.OverspeedKPH, Clear: s.OverspeedKPH - 10, For: 5 * time.Second, Gap: usualGap}, plain(speed)),
	}
	for n := range 4 {
		all = append(all, flat(slotTyres+n, tyreFrontLeft+n, s.PlacardKPA))
	}
	return all
}

func plain(signal int) func(*Memory) (float64, bool) {
	return func(m *Memory) (float64, bool) { return m.value(signal) }
}

func limit(slot int, kind alert.Kind, signal int, c alert.Condition, measure func(*Memory) (float64, bool)) rule {
	return rule{
		slot: slot, kind: kind, key: string(kind), signal: signal, cond: c, measure: measure,
		explain: func(_ *Memory, v float64, c alert.Condition) Finding { return beyond(signal, c, v) },
	}
}

// beyond returns the finding of a value that passed a fixed limit.
func beyond(signal int, c alert.Condition, v float64) Finding {
	t := &traits[signal]
	f := Finding{Value: v, Low: math.Inf(-1), High: c.Raise, Score: distance(v, c.Raise, c.Clear)}
	word := "above"
	if c.Below {
		f.Low, f.High, word = c.Raise, math.Inf(1), "below"
	}
	f.Why = fmt.Sprintf("The %s is %.4g %s, %s %.4g for %s.", t.name, v, t.unit, word, c.Raise, c.For)
	if c.For == 0 {
		f.Why = fmt.Sprintf("The %s is %.4g %s, %s %.4g.", t.name, v, t.unit, word, c.Raise)
	}
	return f
}

// distance returns the score of v against a limit: 1 at the limit, plus 1 for every distance between the limits that raise and clear.
func distance(v, raise, clear float64) float64 { return 1 + math.Abs(v-raise)/math.Abs(raise-clear) }

// flat is the rule of a tyre's pressure as a share of its placard pressure.
func flat(slot, tyre int, placard float64) rule {
	c := alert.Condition{Raise: flatShare, Clear: 0.9, Below: true, For: 20 * time.Second, Gap: parkedGap}
	due := func(m *Memory) float64 {
		if m.placard > 0 {
			return m.placard
		}
		return placard
	}
	return rule{
		slot: slot, kind: alert.TyrePressureLow, key: string(alert.TyrePressureLow) + "/" + traits[tyre].path, signal: tyre, cond: c,
		measure: func(m *Memory) (float64, bool) {
			v, ok := m.value(tyre)
			return v / due(m), ok
		},
		explain: func(m *Memory, share float64, c alert.Condition) Finding {
			least := flatShare * due(m)
			return Finding{
				Value: m.signals[tyre].value, Low: least, High: math.Inf(1), Score: distance(share, c.Raise, c.Clear),
				Why: fmt.Sprintf("The %s is %.0f kPa, below %.0f, which is 80 %% of what it should be.", traits[tyre].name, m.signals[tyre].value, least),
			}
		},
	}
}
