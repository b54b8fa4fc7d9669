package anomaly

// firstForm is the first stored form: the same fields, without ids, in the order of the lists below. The lists are
// frozen: new signals and rules are not added to them.
const (
	firstForm    = 1
	firstSignals = 17
	firstBases   = 8
	firstRules   = 12 + 3*firstSignals + firstBases
	firstSignal  = 7*8 + 2
	firstBase    = 7*4 + 8
	firstSize    = carSize + firstSignals*firstSignal + firstRules*progressSize + firstBases*firstBase
)

// firstLimits are the ids of the first rules in the stored form; those of the sensors' rules follow.
var firstLimits = [12]uint16{
	ruleID(familyLimit, 8), ruleID(familyLimit, 9), ruleID(familyLimit, 2), // coolant, oil, 12 V battery
	ruleID(familyLimit, 12), ruleID(familyLimit, 13), ruleID(familyLimit, 14), ruleID(familyLimit, 15), // tyres
	ruleID(familyLimit, 10), ruleID(familyLimit, 11), ruleID(familyLimit, 1), // fuel, charge, speed
	ruleID(familyPhysics, 8), ruleID(familyPhysics, 2), // thermostat, alternator
}

// decodeFirst decodes firstSize bytes of the first stored form.
func decodeFirst(b []byte) *Memory {
	m, r := NewMemory(), reader(b)
	m.restoreCar(&r)
	for id := range uint16(firstSignals) {
		m.restore(tagSignals, 1+id, r.next(firstSignal))
	}
	for _, id := range firstLimits {
		m.restore(tagProgress, id, r.next(progressSize))
	}
	for _, family := range []byte{familyStill, familySilent, familyJumps} {
		for id := range byte(firstSignals) {
			m.restore(tagProgress, ruleID(family, 1+id), r.next(progressSize))
		}
	}
	for id := range byte(firstBases) {
		m.restore(tagProgress, ruleID(familyUnusual, id), r.next(progressSize))
	}
	for id := range uint16(firstBases) {
		m.restore(tagBases, id, r.next(firstBase))
	}
	return m
}
