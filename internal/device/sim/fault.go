package sim

import (
	"time"

	"connectedcar/internal/domain/telemetry"
)

// Faults are the injected faults of a car.
type Faults struct {
	Overheat   bool     // the radiator is lost and the head gasket leaks: coolant passes 115 C
	LowBattery bool     // the 12 V battery is worn and nothing charges it: below 11.8 V when off
	FlatTyre   bool     // the front right tyre leaks: below 80 % of the placard in about a minute
	DTCs       []string // trouble codes that come up when a quarter of the drive is over
	// After is the time from the start of the drive to the beginning of the faults below.
	After      time.Duration
	Alternator bool          // nothing charges the 12 V battery
	Thermostat bool          // it hangs open: the engine does not get warm
	Leak       float64       // kPa a second that the rear left tyre loses
	Sensors    []SensorFault // what sensors say wrongly
}

// SensorFault is a sensor that says what is not so.
type SensorFault struct {
	Path string
	How  SensorFailure
	By   float64 // how far a spike is off
}

// SensorFailure is the way in which a sensor fails.
type SensorFailure uint8

// The ways.
const (
	Stuck  SensorFailure = iota // it says always what it said when that began
	Spikes                      // every half minute or so it says something else for a moment
	Silent                      // it says that it has no value
)

const spikesEveryS = 30

// began reports whether the faults that begin later have begun.
func (c *Car) began() bool { return c.elapsed >= c.set.Faults.After }

// fail has the sensors that are broken say what they say.
func (c *Car) fail(signals telemetry.Signals) {
	if !c.began() {
		return
	}
	for _, f := range c.set.Faults.Sensors {
		v, has := signals[f.Path].Number()
		if !has {
			continue
		}
		switch f.How {
		case Stuck:
			if _, hangs := c.stuck[f.Path]; !hangs {
				c.stuck[f.Path] = signals[f.Path]
			}
			signals[f.Path] = c.stuck[f.Path]
		case Spikes:
			if c.rng.Float64() < c.set.Interval.Seconds()/spikesEveryS {
				signals[f.Path] = number(v+f.By, 1)
			}
		case Silent:
			signals[f.Path] = telemetry.Null
		}
	}
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
