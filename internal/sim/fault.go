package sim

// Faults are what is wrong with a car.
type Faults struct {
	Overheat   bool     // the radiator is lost and the head gasket leaks: coolant passes 115 C
	LowBattery bool     // the 12 V battery is worn and nothing charges it: below 11.8 V when off
	FlatTyre   bool     // the front right tyre leaks: below 80 % of the placard in about a minute
	DTCs       []string // trouble codes that come up when a quarter of the drive is over
}

const (
	gasketHeatW     = 25_000
	cloggedRadiator = 0.97
	leakKPAPerS     = 0.75
)

func (f Faults) clogged() float64 {
	if f.Overheat {
		return cloggedRadiator
	}
	return 0
}

func (f Faults) extraHeatW() float64 {
	if f.Overheat {
		return gasketHeatW
	}
	return 0
}

func (f Faults) leak() float64 {
	if f.FlatTyre {
		return leakKPAPerS
	}
	return 0
}
