package trip

import (
	"math"
	"time"
)

// odometer adds up the way of a trip by the car's odometer, as far as it can be believed: control units send 0 while they start, a
// unit too small or too large for a while, or begin anew. A reading that the car cannot have driven to waits until the next one
// confirms it; then the odometer was set, and the way up to it is that by speed.
type odometer struct {
	base    *float64 // last reading that is believed, metres
	waiting *float64 // reading that the base does not lead to
	trusted float64  // metres up to the base
	since   float64  // metres by speed since the base
	most    float64  // metres that the car can have driven since the base
	// The way by speed when the waiting reading came, and what the car can have driven since then.
	sinceWaiting, mostWaiting float64
	ahead                     float64 // metres by which the readings are ahead of the speed, which a lower one may take back
}

const (
	coarseM    = 1100.0 // odometers that count whole kilometres, and a little
	speedError = 1.35   // of a speedometer, and of samples that miss the peaks
)

// drive adds the way by speed of an interval. Without speeds the car can have gone as fast as cars do.
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

// read takes a reading of the odometer.
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

// adopt believes a reading that is so far from the one before.
func (o *odometer) adopt(meters, way float64) {
	o.trusted += way
	o.base, o.waiting = &meters, nil
	o.since, o.most, o.sinceWaiting, o.mostWaiting = 0, 0, 0, 0
}

// leads reports whether a car can have driven from one reading to the other. A lower one may only take back what the readings before
// it were ahead of the speed.
func (o *odometer) leads(from, to, most float64) bool {
	way := to - from
	return way <= most+coarseM && way >= -min(o.ahead, coarseM)
}

// metres is the way so far.
func (o *odometer) metres() float64 { return max(0, o.trusted+o.since) }
