package anomaly

import (
	"time"

	"connectedcar/internal/domain/alert"
)

// rule is a condition on a value that is derived from the memory.
type rule struct {
	slot   int // index in Memory.progress
	kind   alert.Kind
	key    string
	signal int
	cond   alert.Condition
	// measure returns the value for the condition; ok is false in a state of the car in which the measure has no meaning.
	measure func(*Memory) (v float64, ok bool)
	// explain describes a value that met the condition to people.
	explain func(m *Memory, v float64, c alert.Condition) Finding
	// since returns the begin of the anomaly, if it may be earlier than that of the condition; else since is nil.
	since func(m *Memory, v float64) time.Time
}

// Slots of rules, as indexes of a Memory. Each block has one slot per signal or baseline. They may be reordered: the stored form identifies
// the progress of a rule by its id in ruleIDs.
const (
	slotCoolant = iota
	slotOil
	slotBattery
	slotTyres      // first of 4 slots
	slotFuel       = slotTyres + 4
	slotCharge     = slotFuel + 1
	slotSpeed      = slotCharge + 1
	slotThermostat = slotSpeed + 1
	slotAlternator = slotThermostat + 1
	slotStill      = slotAlternator + 1
	slotSilent     = slotStill + signalCount
	slotJumps      = slotSilent + signalCount
	slotBases      = slotJumps + signalCount
	ruleCount      = slotBases + baseCount
	usualGap       = 5 * time.Minute
	parkedGap      = 30 * time.Minute // a parked car sends little
	jumpsAt        = 2.5              // limit of track.jumps: three jumps within some minutes
)

// rules returns all rules, with those settings.
func rules(s Settings) []rule {
	all := limits(s)
	all = append(all, physics()...)
	for i := range traits {
		all = append(all, sensor(i)...)
	}
	for i := range subjects {
		all = append(all, unusual(i))
	}
	return all
}

// judge evaluates every rule against the memory.
func (d *Detector) judge(m *Memory, s Sample, changes []Change) []Change {
	m.learn()
	for n := range d.rules {
		r := &d.rules[n]
		v, ok := r.measure(m)
		p := &m.progress[r.slot]
		if !ok {
			p.Since = 0 // a gap in the measurement restarts the condition
			continue
		}
		cond := r.cond
		if m.dismissed[r.slot] > 0 && r.slot < slotBases { // the width of a baseline's rule is applied in its score
			cond = widened(cond, m.width(r.slot))
		}
		next, change := cond.Next(*p, v, s.At)
		*p = next
		if change == alert.Raised || change == alert.Cleared {
			c := Change{
				Kind: r.kind, DedupKey: r.key, Resolved: change == alert.Cleared, At: s.At, TripID: s.TripID, Unit: traits[r.signal].unit,
			}
			if !c.Resolved {
				c.Finding = r.find(m, v, cond, s.At)
			}
			changes = append(changes, c)
		}
	}
	return changes
}

// find returns the finding of a rule whose condition has just been met.
func (r *rule) find(m *Memory, v float64, cond alert.Condition, at time.Time) Finding {
	f := r.explain(m, v, cond)
	f.Signal = traits[r.signal].path
	if f.Confidence == "" {
		return f
	}
	f.Since = time.UnixMilli(m.progress[r.slot].Since)
	if r.since != nil {
		f.Since = r.since(m, v)
	}
	f.Why = f.sentence(at)
	return f
}

// learn offers the present values to the baselines.
func (m *Memory) learn() {
	for i := range subjects {
		v, ok := subjects[i].measure(m)
		if !ok {
			continue
		}
		m.bases[i].offer(v, m.at, m.least(i), m.width(slotBases+i))
	}
}

// least returns the least distance from usual that matters for a baseline, in the measure's unit.
func (m *Memory) least(i int) float64 {
	return subjects[i].leastAt(float64(m.bases[i].Mean))
}
