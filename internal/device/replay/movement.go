package replay

import (
	"math"
	"slices"

	"connectedcar/internal/domain/telemetry"
)

const metresADegree = 111_195.0

// step is the distance that a car drove since the row before, by its speed. Zero metres: unknown, or too slow to compare.
type step struct{ metres float64 }

const (
	slowestMPS   = 3.0
	longestStepS = 15.0
)

// movement returns the distances between rows by speed, for rows between which the car drove steadily.
func (l *layout) movement() []step {
	out := make([]step, len(l.Rows))
	speeds, ok := l.first(telemetry.Speed)
	if !ok {
		return out
	}
	var before struct {
		vehicle string
		mps     float64
		at      stamp
	}
	before.mps = math.NaN()
	for i, r := range l.Rows {
		vehicle, _ := l.vehicleOf(r)
		mps, at := math.NaN(), l.stamps[i]
		if f, err := speeds.number(r.Fields[speeds.index]); err == nil {
			mps = f / 3.6
		}
		mean, seconds := (mps+before.mps)/2, at.since(before.at).Seconds()
		if vehicle == before.vehicle && mean >= slowestMPS && seconds > 0 && seconds <= longestStepS {
			out[i].metres = mean * seconds
		}
		before.vehicle, before.mps, before.at = vehicle, mps, at
	}
	return out
}

// candidate is one possible place of the decimal points.
type candidate struct {
	latDigits, lonDigits int
	latitude, longitude  []float64
	ratio                float64 // distance by position divided by distance by speed
	spread               float64 // variation of that ratio from step to step: 90th to 10th percentile
}

const (
	ratioAllowed = 1.15
	clearly      = 1.25
	leastSteps   = 20
)

func (c *candidate) farEnough() bool { return c.ratio < ratioAllowed && c.ratio > 1/ratioAllowed }

// compare sets ratio and spread. It returns false if too few steps can be compared.
func (c *candidate) compare(m []step) bool {
	byPosition, bySpeed := 0.0, 0.0
	var ratios []float64
	for i := 1; i < len(m); i++ {
		if m[i].metres == 0 {
			continue
		}
		north := (c.latitude[i] - c.latitude[i-1]) * metresADegree
		east := (c.longitude[i] - c.longitude[i-1]) * metresADegree * math.Cos(c.latitude[i]*math.Pi/180)
		if d := math.Hypot(north, east); d > 0 { // both rows have a position, and the position has changed
			byPosition += d
			bySpeed += m[i].metres
			ratios = append(ratios, d/m[i].metres)
		}
	}
	if len(ratios) < leastSteps {
		return false
	}
	slices.Sort(ratios)
	c.ratio = byPosition / bySpeed
	c.spread = ratios[len(ratios)*9/10] / ratios[len(ratios)/10]
	return true
}
