package trip

import (
	"math"
	"time"
)

// odometer adds up the distance of a trip from the car's odometer, as far as its readings are credible: control units send 0 while they
// start, a wrong unit for a while, or restart from zero. A reading that the car cannot have reached waits until the next one
// confirms it; then the odometer has been reset, and the distance up to that reading is the one by speed.
type odometer struct {
	base    *float64 // last credible reading, metres
	waiting *float64 // reading that the car cannot have reached from base; nil if there is none
	trusted float64  // metres up to base
	since   float64  // metres by speed since base
	most    float64  // most metres that the car can have driven since base
	// The metres by speed until the waiting reading, and the most metres that the car can have driven since then.
	sinceWaiting, mostWaiting float64
	ahead                     float64 // metres by which the readings exceed those by speed; a later, lower reading may be lower by so much
}

const (
	coarseM    = 1100.0 // the step of odometers with whole kilometres, and a margin
	speedError = 1.35   // factor for the error of a speedometer, and for samples that miss the peaks
)

// drive adds the distance by speed of an interval. Without speeds, the most distance is that at fastestMPS.
func (o *odometer) drive(last, now reading, passed time.Duration) {
	between := min(passed, usual)
	byTime := fastestMPS * passed.Seconds()
	bySpeed, most := 0.0, byTime
	if last.speed != nil && now.speed != nil {
		bySpeed = (math.Abs(*last.speed) + math.Abs(*now.speed)) / 2 / 3.6 * between.Seconds()
		if passed <= usual {
			most = max(math.Abs(*last.speed), math.Abs(*now.speed)) / 3.6 * passed.Seconds() * speedError
		}
	}
	o.since += bySpeed
	o.most += most
	o.mostWaiting += most
}

// read processes a reading of the odometer.
func (o *odometer) read(meters float64) {
	switch {
	case o.base == nil:
		o.adopt(meters, o.since)
	case o.leads(*o.base, meters, o.most):
		way := meters - *o.base
		o.ahead = max(0, o.ahead+way-o.since)
		o.adopt(meters, way)
	case o.waiting != nil && meters >= *o.waiting && meters-*o.waiting <= o.mostWaiting+coarseM:
		o.ahead = 0
		o.adopt(meters, o.sinceWaiting+meters-*o.waiting)
	default:
		o.waiting, o.sinceWaiting, o.mostWaiting = &meters, o.since, 0
	}
}

// adopt accepts a reading that is that distance from the previous one.
func (o *odometer) adopt(meters, way float64) {
	o.trusted += way
	o.base, o.waiting = &meters, nil
	o.since, o.most, o.sinceWaiting, o.mostWaiting = 0, 0, 0, 0
}

// leads reports whether a car can have driven from one reading to another. A lower one is possible if earlier readings
// were ahead of the speed.
func (o *odometer) leads(from, to, most float64) bool {
	way := to - from
	return way <= most+coarseM && way >= -min(o.ahead, coarseM)
}

// metres returns the distance so far.
func (o *odometer) metres() float64 { return max(0, o.trusted+o.since) }
