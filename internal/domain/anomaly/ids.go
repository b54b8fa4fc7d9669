package anomaly

// The families of rules, the high byte of a rule's id. A number is never changed, and never given to another family.
const (
	familyLimit   = 1
	familyPhysics = 2
	familyStill   = 3
	familySilent  = 4
	familyJumps   = 5
	familyUnusual = 6
)

// ruleID names the progress of a rule in stored memories by its family and the id of its signal or baseline.
func ruleID(family, of byte) uint16 { return uint16(family)<<8 | uint16(of) }

// ruleIDs holds the id of each rule, by slot.
var ruleIDs = func() (ids [ruleCount]uint16) {
	for slot, signal := range map[int]int{
		slotCoolant: coolant, slotOil: oil, slotBattery: volts, slotFuel: fuel, slotCharge: charge, slotSpeed: speed,
		slotTyres: tyreFrontLeft, slotTyres + 1: tyreFrontRight, slotTyres + 2: tyreRearLeft, slotTyres + 3: tyreRearRight,
	} {
		ids[slot] = ruleID(familyLimit, traits[signal].id)
	}
	ids[slotThermostat] = ruleID(familyPhysics, traits[coolant].id)
	ids[slotAlternator] = ruleID(familyPhysics, traits[volts].id)
	for i := range traits {
		ids[slotStill+i] = ruleID(familyStill, traits[i].id)
		ids[slotSilent+i] = ruleID(familySilent, traits[i].id)
		ids[slotJumps+i] = ruleID(familyJumps, traits[i].id)
	}
	for i := range subjects {
		ids[slotBases+i] = ruleID(familyUnusual, subjects[i].id)
	}
	return ids
}()

// Maps from the id of a stored record to its index in a Memory.
var (
	signalIndex = indexes(signalCount, func(i int) uint16 { return uint16(traits[i].id) })
	ruleIndex   = indexes(ruleCount, func(i int) uint16 { return ruleIDs[i] })
	baseIndex   = indexes(baseCount, func(i int) uint16 { return uint16(subjects[i].id) })
)

func indexes(n int, id func(i int) uint16) map[uint16]int {
	m := make(map[uint16]int, n)
	for i := range n {
		m[id(i)] = i
	}
	return m
}
