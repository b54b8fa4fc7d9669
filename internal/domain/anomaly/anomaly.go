// Package anomaly finds anomalies in a car's signals: values beyond fixed limits, sensors that stand still, jump or
// fall silent, and values that are unusual for this very car in its present state.
//
// It works on a stream: the state of a car is a Memory of constant size, and the same samples always lead to the same changes.
package anomaly

import (
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
)

// MaxAge is the greatest age of a sample that counts: nothing is raised, resolved or learned from older ones.
const MaxAge = 15 * time.Minute

// Sample holds a car's signals of one moment. A missing signal is unchanged; telemetry.Null stands for a sensor without a valid value.
type Sample struct {
	At      time.Time
	TripID  string
	Signals telemetry.Signals
}

// Finding describes an anomaly to people.
type Finding struct {
	Signal string  // VSS path
	Value  float64 // in the signal's unit, or in that of the measure in Why
	// Low and High bound the expected values, both inclusive; an infinite bound is no limit.
	Low, High float64
	// Score grows with the distance beyond the limit: 1 at the limit, 2 at twice the distance that raises.
	Score float64
	Why   string // one sentence
	// The fields below are part of Why and describe an unusual value; for fixed limits they are zero.
	Since      time.Time // it began at this time or before
	Confidence Confidence
	Ground     string // the reason for the confidence
	LookAt     string // the likely cause to check
}

// Change is a transition: something became wrong or right again.
type Change struct {
	Kind     alert.Kind
	DedupKey string // at most one alert at a time per VIN and key
	Resolved bool   // true: right again; false: wrong
	At       time.Time
	TripID   string
	Unit     string
	Finding  Finding // zero if Resolved
}

// Detector applies the rules. It holds no car's data, so one detector serves all cars.
type Detector struct {
	settings Settings
	rules    []rule
}

// Settings are the limits. Start from Defaults and change single fields.
type Settings struct {
	PlacardKPA   float64 // tyre pressure for a car whose own placard pressure is unknown
	OverspeedKPH float64
	FuelLow      float64 // percent
	ChargeLow    float64 // percent
}

// Defaults returns the platform's settings.
func Defaults() Settings {
	return Settings{PlacardKPA: 230, OverspeedKPH: 180, FuelLow: 8, ChargeLow: 12}
}

// New returns a detector with those limits.
func New(s Settings) *Detector { return &Detector{settings: s, rules: rules(s)} }

// Observe processes the samples of a car, sorted by time, and returns the changes, in order of time. Samples that are not newer than
// the newest processed one, or older than MaxAge at now, change nothing: a sample that is delivered twice counts once.
func (d *Detector) Observe(m *Memory, samples []Sample, now time.Time) []Change {
	var changes []Change
	oldest := now.Add(-MaxAge).UnixMilli()
	for n := range samples {
		if at := samples[n].At.UnixMilli(); at > m.at && at >= oldest {
			m.read(samples[n], at)
			changes = d.judge(m, samples[n], changes)
		}
	}
	return changes
}

// Notice converts the change to a notice for alert.Service.
func (c Change) Notice(vin string) alert.Notice {
	value, limit := c.Finding.Value, c.Finding.High
	if value < c.Finding.Low {
		limit = c.Finding.Low
	}
	n := alert.Notice{
		VIN: vin, Kind: c.Kind, DedupKey: c.DedupKey, At: c.At, Value: &value, Unit: c.Unit, TripID: c.TripID, Detail: c.Finding.Why,
	}
	if finite(limit) {
		n.Threshold = &limit
	}
	return n
}
