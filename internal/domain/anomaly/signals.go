package anomaly

import (
	"math"

	"connectedcar/internal/domain/telemetry"
)

// The watched signals, as indexes of a Memory. They may be reordered: the stored form identifies a signal by its trait's id.
const (
	speed = iota
	volts
	system
	powertrain
	rpm
	maf
	manifold
	coolant
	oil
	fuel
	charge
	tyreFrontLeft
	tyreFrontRight
	tyreRearLeft
	tyreRearRight
	ambient
	odometer
	signalCount
)

// Numeric codes of signals that are texts.
const (
	systemOff = 0 // OFF, LOCK
	systemACC = 1
	systemOn  = 2 // ON, START

	combustion = 1
	hybrid     = 2
	electric   = 3
)

var texts = map[string]float64{
	"OFF": systemOff, "LOCK": systemOff, "ACC": systemACC, "ON": systemOn, "START": systemOn,
	"COMBUSTION": combustion, "HYBRID": hybrid, "ELECTRIC": electric,
}

// trait describes a signal and its physical limits.
type trait struct {
	// id names the signal in stored memories: never changed, and never given to another signal.
	id   byte
	path string
	name string // in texts for people
	unit string
	// A value may change by step, plus rate for every second; a faster change is not credible. 0 allows any change.
	step, rate float64
	// still is the number of seconds of driving for which the value may be exactly the same; 0: forever.
	still float64
	// silent is the number of seconds of driving without a valid value after which a sensor that once worked is reported; 0: never.
	silent float64
}

// traits are indexed by signal. Rates are several times what a car can do; still times are several times those observed on the road.
var traits = [signalCount]trait{
	speed:          {1, telemetry.Speed, "speed", "km/h", 25, 70, 120, 120},
	volts:          {2, telemetry.LowVoltageBattery, "12 V battery voltage", "V", 0, 0, 0, 120},
	system:         {id: 3, path: telemetry.LowVoltageSystemState},
	powertrain:     {id: 4, path: telemetry.PowertrainType},
	rpm:            {5, telemetry.EngineSpeed, "engine speed", "rpm", 4000, 6000, 120, 120},
	maf:            {6, telemetry.EngineMAF, "air flow", "g/s", 0, 0, 120, 120},
	manifold:       {7, telemetry.EngineMAP, "manifold pressure", "kPa", 0, 0, 300, 120},
	coolant:        {8, telemetry.EngineCoolant, "coolant temperature", "celsius", 12, 2, 900, 120},
	oil:            {9, telemetry.EngineOil, "oil temperature", "celsius", 12, 2, 1200, 120},
	fuel:           {10, telemetry.FuelLevel, "fuel level", "percent", 0, 0, 0, 120},
	charge:         {11, telemetry.StateOfCharge, "state of charge", "percent", 5, 1, 1200, 120},
	tyreFrontLeft:  {12, telemetry.TirePressureFrontLeft, "front left tyre pressure", "kPa", 0, 0, 0, 300},
	tyreFrontRight: {13, telemetry.TirePressureFrontRight, "front right tyre pressure", "kPa", 0, 0, 0, 300},
	tyreRearLeft:   {14, telemetry.TirePressureRearLeft, "rear left tyre pressure", "kPa", 0, 0, 0, 300},
	tyreRearRight:  {15, telemetry.TirePressureRearRight, "rear right tyre pressure", "kPa", 0, 0, 0, 300},
	ambient:        {id: 16, path: telemetry.AmbientAir},
	odometer:       {id: 17, path: telemetry.TraveledDistance},
}

// reading returns a value as a number; NaN if it is not one.
func reading(v telemetry.Value) float64 {
	if f, ok := v.Number(); ok {
		return f
	}
	if s, ok := v.Text(); ok {
		if code, known := texts[s]; known {
			return code
		}
	}
	return math.NaN()
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
