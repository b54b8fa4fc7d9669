package replay

import (
	"fmt"
	"slices"
	"time"
)

// assignTimes sets the times of one car's samples, in file order: from calendar times if most rows have one, else from times since the
// start, else from row numbers. absolute reports calendar times. The remarks describe corrections and assumptions.
func assignTimes(samples []Sample, stamps []stamp, interval, start time.Duration) (absolute bool, remarks []string) {
	inCalendar, counted := 0, 0
	for _, s := range stamps {
		if s.hasAbsolute {
			inCalendar++
		}
		if s.hasElapsed {
			counted++
		}
	}
	f := filling{samples: samples, stamps: stamps}
	switch {
	case inCalendar*2 > len(stamps):
		f.at = func(s stamp) (time.Duration, bool) { return s.absolute, s.hasAbsolute }
		f.fill(interval, &calendarClock{orderly: f.orderly()})
		return true, f.remarks
	case counted*2 > len(stamps):
		f.at = func(s stamp) (time.Duration, bool) { return s.elapsed, s.hasElapsed }
		f.fill(interval, &countingClock{start: start})
		return start != 0, f.remarks
	}
	for i := range samples {
		samples[i].At = start + time.Duration(i)*interval
	}
	return start != 0, nil
}

// filling assigns a time to every sample. A row without a time comes one usual step after the row before.
type filling struct {
	samples []Sample
	stamps  []stamp
	at      func(stamp) (time.Duration, bool)
	remarks []string
}

// ticker moves a time onto the axis of the recording, given the last time on that axis. again is a remark if the clock of the log went
// back.
type ticker interface {
	tick(t, last, step time.Duration) (moved time.Duration, again string)
	begin(t time.Duration) time.Duration
}

func (f *filling) fill(interval time.Duration, clock ticker) {
	step := usualStep(f.stamps, f.at, interval)
	var last time.Duration
	started, without, backs := false, 0, map[string]Lines{}
	for i := range f.samples {
		t, ok := f.at(f.stamps[i])
		switch {
		case !ok && !started: // set below, backwards from the first row with a time
			without++
			continue
		case !ok:
			without++
			last += step
		case !started:
			started, last = true, clock.begin(t)
			for k := range i {
				f.samples[k].At = last - time.Duration(i-k)*step
			}
		default:
			moved, again := clock.tick(t, last, step)
			if again != "" {
				backs[again] = backs[again].add(f.samples[i].Line)
				f.samples[i].Anew = again == anew
			}
			last = moved
		}
		f.samples[i].At = last
	}
	if without > 0 {
		f.remarks = append(f.remarks, fmt.Sprintf("%d rows without a time follow the row before at the usual step", without))
	}
	for what, lines := range backs {
		f.remarks = append(f.remarks, fmt.Sprintf("%s (%s)", what, lines))
	}
	slices.Sort(f.remarks)
}

// orderly reports whether nearly all times ascend, so that a time that goes back is an effect of the clock. Files that begin with the
// newest row, or have no order, keep their times.
func (f *filling) orderly() bool {
	back, steps := 0, 0
	var last time.Duration
	for i, s := range f.stamps {
		t, ok := f.at(s)
		if !ok {
			continue
		}
		if i > 0 {
			steps++
			if t < last {
				back++
			}
		}
		last = t
	}
	return back*10 <= steps || back == 1
}

// calendarClock is a clock with calendar times. If it goes back by minutes or hours, it was set, for example at the end of daylight saving
// time: the rows keep their order, and later times are shifted. Rows that are seconds late, or of another day, keep their time.
type calendarClock struct {
	offset  time.Duration
	orderly bool
}

func (*calendarClock) begin(t time.Duration) time.Duration { return t }

const (
	lateRow    = time.Minute    // a shorter step back is a row that was written late
	otherDay   = 12 * time.Hour // a longer step back begins another recording
	halfHour   = 30 * time.Minute
	zoneChange = 50 * time.Minute // a longer step back is a change of zone or of daylight saving time, in half hours
)

func (c *calendarClock) tick(t, last, step time.Duration) (time.Duration, string) {
	back := last - t - c.offset
	switch {
	case !c.orderly || back < lateRow:
		return t + c.offset, ""
	case back >= otherDay:
		c.offset = 0
		return t, ""
	case back >= zoneChange:
		c.offset += (back + halfHour - 1) / halfHour * halfHour
	default:
		c.offset += back + step
	}
	return t + c.offset, "the clock goes back; the order of the rows holds, and those after it follow on"
}

const anew = "the time begins anew; the rows after it follow on"

// countingClock counts from some start. When the count falls back to its beginning, or by more than a minute, the engine was started again:
// the new count continues one step after the last time.
type countingClock struct {
	start  time.Duration // start of the recording; 0: unknown
	offset time.Duration
	first  time.Duration // first value of this count
}

func (c *countingClock) begin(t time.Duration) time.Duration {
	c.offset, c.first = c.start-t, t
	return c.start
}

func (c *countingClock) tick(t, last, step time.Duration) (time.Duration, string) {
	moved := t + c.offset
	if moved < last && (t <= c.first || moved < last-lateRow) {
		c.offset, c.first = last+step-t, t
		return last + step, anew
	}
	return moved, ""
}

// usualStep is the median of the positive steps between neighbouring rows, or the interval if there are none.
func usualStep(stamps []stamp, at func(stamp) (time.Duration, bool), interval time.Duration) time.Duration {
	var steps []time.Duration
	for i := 1; i < len(stamps); i++ {
		a, ok1 := at(stamps[i-1])
		b, ok2 := at(stamps[i])
		if ok1 && ok2 && b > a {
			steps = append(steps, b-a)
		}
	}
	if len(steps) == 0 {
		return interval
	}
	slices.Sort(steps)
	return steps[len(steps)/2]
}
