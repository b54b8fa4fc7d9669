package sim

import (
	"time"

	"connectedcar/internal/domain/telemetry"
)

// Faults are the injected faults of a car.
type Faults struct {
	Overheat   bool     // a lost radiator and a leaking head gasket: coolant passes 115 °C
	LowBattery bool     // a worn 12 V battery that nothing charges: below 11.8 V when off
	FlatTyre   bool     // a leak in the front right tyre: below 80 % of the placard pressure after about a minute
	DTCs       []string // trouble codes that are set after a quarter of the drive
	// After is the time from the start of the drive to the beginning of the faults below.
	After      time.Duration
	Alternator bool          // the 12 V battery is not charged
	Thermostat bool          // hangs open: the engine stays cold
	Leak       float64       // kPa per second that the rear left tyre loses
	Sensors    []SensorFault // faults of single sensors
}

// SensorFault is a sensor that reports wrong values.
type SensorFault struct {
	Path string
	How  SensorFailure
	By   float64 // size of a spike, in the unit of the signal
}

// SensorFailure is the way in which a sensor fails.
type SensorFailure uint8

// The ways in which a sensor fails.
const (
	Stuck  SensorFailure = iota // repeats the value at the beginning of the fault
	Spikes                      // a wrong value every half minute or so
	Silent                      // reports null
)

const spikesEveryS = 30

// began reports whether the faults with a delay have begun.
func (c *Car) began() bool { return c.elapsed >= c.set.Faults.After }

// fail replaces the signals of broken sensors.
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
