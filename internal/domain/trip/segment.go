package trip

import (
	"math"
	"time"
)

// segment is a trip whose totals are being added up.
type segment struct {
	tripID  string
	began   reading
	cut     bool // the trip may have begun before the first sample
	samples uint64

	way                             odometer
	idle, speeding                  time.Duration
	fastest                         float64
	brakings, accelerations, curves edges

	// The totals, time and place when the car last moved: they count when the trip ends, so a stop at its end is not part of it.
	keptAt time.Time
	kept   Totals
	end    *Place
}

// edges counts how often a condition becomes true.
type edges struct {
	on bool
	n  int
}

func (e *edges) see(on bool) {
	if on && !e.on {
		e.n++
	}
	e.on = on
}

func newSegment(now reading, cut bool) *segment {
	s := &segment{tripID: now.tripID, began: now, cut: cut}
	if now.speed != nil {
		s.fastest = *now.speed
	}
	if now.odometer != nil {
		s.way.read(*now.odometer)
	}
	s.keep(now)
	return s
}

// usual is the longest time between two samples of one trip for which a speed is taken to be constant.
const usual = time.Minute

// add adds the time between two samples to the totals.
func (s *segment) add(last, now reading, l Limits) {
	s.samples++
	between := min(now.at.Sub(last.at), usual)
	s.way.drive(last, now, now.at.Sub(last.at))
	if now.odometer != nil && now.readsOdometer {
		s.way.read(*now.odometer)
	}
	if last.speed != nil {
		if math.Abs(*last.speed) <= l.MovingKPH {
			s.idle += between
		}
		if *last.speed > l.SpeedingKPH {
			s.speeding += between
		}
	}
	if now.speed != nil {
		s.fastest = max(s.fastest, *now.speed)
	}
	s.harsh(now, l)
}

// harsh counts harsh driving, by the accelerometer or else by two speeds that are close enough in time.
func (s *segment) harsh(now reading, l Limits) {
	along := now.longitudinal
	if along == nil && now.speed != nil && now.previousSpeed != nil && now.sinceSpeed >= 500*time.Millisecond && now.sinceSpeed <= 2*time.Second {
		f := (*now.speed - *now.previousSpeed) / 3.6 / now.sinceSpeed.Seconds()
		if math.Abs(f) <= hardestMPS2 { // a greater value is a sensor fault
			along = &f
		}
	}
	if along != nil {
		s.brakings.see(*along < l.BrakingMPS2)
		s.accelerations.see(*along > l.AccelerationMPS2)
	}
	if now.lateral != nil {
		s.curves.see(math.Abs(*now.lateral) > l.CorneringMPS2)
	}
}

// keep stores the totals so far as those that count.
func (s *segment) keep(now reading) {
	s.keptAt = now.at
	if p := now.place(); p != nil {
		s.end = p
	}
	took, meters := now.at.Sub(s.began.at), s.way.metres()
	t := Totals{
		DistanceM: int64(meters), DurationS: int64(took.Seconds()), IdleS: int64(s.idle.Seconds()), SpeedingS: int64(s.speeding.Seconds()),
		MaxSpeedKPH: s.fastest, HarshBraking: s.brakings.n, HarshAcceleration: s.accelerations.n, HarshCornering: s.curves.n,
	}
	if took > 0 {
		t.AverageSpeedKPH = math.Round(meters/took.Seconds()*36) / 10
	}
	s.kept = t
}
