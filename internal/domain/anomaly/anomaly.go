// Package anomaly watches what a car's signals say and tells what is wrong: values beyond fixed limits, sensors that hang, jump or
// fall silent, and what is unusual for this very car in the state that it is in.
//
// It is streaming: what it remembers of a car is a Memory of constant size, and the same samples always lead to the same changes.
package anomaly

import (
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
)

// MaxAge is the greatest age of a sample that counts: nothing is raised, resolved or learned from older ones.
const MaxAge = 15 * time.Minute

// Sample holds a car's signals of one moment. A missing signal is unchanged, telemetry.Null is a sensor that says nothing valid.
type Sample struct {
	At      time.Time
	TripID  string
	Signals telemetry.Signals
}

// Finding describes an anomaly to people.
type Finding struct {
	Signal string  // VSS path
	Value  float64 // in the signal's unit, or of the measure that Why names
	// Low and High bound the expected values, both inclusive; an infinite one is no limit.
	Low, High float64
	// Score is the excess of the measure over its limit: 1 at the limit, 2 at twice the distance that raises.
	Score float64
	Why   string // one sentence
	// Of an anomaly, and part of Why: the rest is zero for fixed limits, which Why names.
	Since      time.Time // it began then, or before
	Confidence Confidence
	Ground     string // of the confidence
	LookAt     string // that may be the cause
}

// Change is a transition: something became wrong or right again.
type Change struct {
	Kind     alert.Kind
	DedupKey string // with the VIN, what is one alert at a time
	Resolved bool   // right again; else wrong
	At       time.Time
	TripID   string
	Unit     string
	Finding  Finding // zero if Resolved
}

// Detector decides. It holds no car's data, so one serves all.
type Detector struct {
	settings Settings
	rules    []rule
}

// Settings are the limits. Start from Defaults.
type Settings struct {
	PlacardKPA   float64 // tyre pressure where a car's own is unknown
	OverspeedKPH float64
	FuelLow      float64 // percent
	ChargeLow    float64 // percent
}

// Defaults are the platform's limits.
func Defaults() Settings {
	return Settings{PlacardKPA: 230, OverspeedKPH: 180, FuelLow: 8, ChargeLow: 12}
}

// New decides by those limits.
func New(s Settings) *Detector { return &Detector{settings: s, rules: rules(s)} }

// Observe takes the samples of a car, sorted by time, and returns what changed, in order of time. Samples that are not newer than the
// newest one taken, or older than MaxAge by now, change nothing: so what is taken twice counts once.
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

// Notice is the change as a notice to the book of alerts.
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
