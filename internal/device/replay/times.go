package replay

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stamp is what a row says of its time.
type stamp struct {
	hasAbsolute, hasElapsed bool
	absolute                time.Duration // since the Unix epoch
	elapsed                 time.Duration // since some start
}

// since is the time from the stamp before, or zero if the two do not tell.
func (s stamp) since(before stamp) time.Duration {
	switch {
	case s.hasAbsolute && before.hasAbsolute:
		return s.absolute - before.absolute
	case s.hasElapsed && before.hasElapsed:
		return s.elapsed - before.elapsed
	}
	return 0
}

// times reads the stamps of rows.
type times struct {
	clock   *timeColumn // of the calendar, or nil
	elapsed *column     // seconds or h:mm:ss since a start, or nil
	day     int         // index of a separate date column, or -1
	notes   []string
}

type timeColumn struct {
	index int
	parse func(string) (time.Duration, bool) // since the epoch
}

// readTimes chooses the columns to tell the time by. A time column that lost its precision or stands still is not used.
func (l *layout) readTimes() *times {
	t := &times{day: -1}
	if c, ok := l.first(roleDate); ok {
		t.day = c.index
	}
	for _, c := range l.columns {
		switch {
		case c.path == roleElapsed && t.elapsed == nil:
			t.elapsed = &c
		case c.path == roleTime && t.clock == nil:
			l.chooseClock(t, c)
		}
	}
	if t.clock == nil {
		if t.elapsed != nil {
			t.notes = append(t.notes, fmt.Sprintf("time is taken from column %q", t.elapsed.header))
		} else {
			t.notes = append(t.notes, "no usable time: rows follow each other at the interval")
		}
	}
	return t
}

// chooseClock makes c the clock if its values are times that advance.
func (l *layout) chooseClock(t *times, c column) {
	values := l.timeTexts(c.index, t.day)
	if lost, ok := lostPrecision(values); ok {
		t.notes = append(t.notes, fmt.Sprintf("column %q is not used: %q has lost its precision", c.header, lost))
		return
	}
	parse, elapsed := chooseFormat(values, c.marks, l.delimiter)
	if parse == nil {
		t.notes = append(t.notes, fmt.Sprintf("column %q is not used: no known form of time", c.header))
		return
	}
	if elapsed {
		if t.elapsed == nil {
			t.elapsed = &column{target: target{path: roleElapsed, quantity: seconds}, index: c.index, header: c.header, unit: unit{seconds, 1, 0}, marks: c.marks}
		}
		return
	}
	t.clock = &timeColumn{index: c.index, parse: parse}
}

// timeTexts are the texts of a time column, with those of the date column before them if there is one.
func (l *layout) timeTexts(index, day int) []string {
	out := make([]string, 0, len(l.rows))
	for _, r := range l.rows {
		if v := timeText(r, index, day); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func timeText(r row, index, day int) string {
	text := r.fields[index]
	if isAbsent(text) {
		return ""
	}
	if day >= 0 && day != index && clockPattern.MatchString(text) {
		return r.fields[day] + " " + text
	}
	return text
}

// of is the stamp of a row.
func (t *times) of(r row) stamp {
	var s stamp
	if t.clock != nil {
		if text := timeText(r, t.clock.index, t.day); text != "" {
			s.absolute, s.hasAbsolute = t.clock.parse(text)
		}
	}
	if t.elapsed != nil {
		s.elapsed, s.hasElapsed = t.elapsed.duration(r.fields[t.elapsed.index])
	}
	return s
}

var (
	clockPattern    = regexp.MustCompile(`^\d{1,3}:\d{2}(:\d{2}([.,]\d+)?)?$`)
	exponentPattern = regexp.MustCompile(`^(\d+)(?:[.,](\d+))?[eE]\+?(\d+)$`)
)

// duration reads h:mm:ss, mm:ss or a number of seconds.
func (c *column) duration(text string) (time.Duration, bool) {
	if clockPattern.MatchString(text) {
		total := 0.0
		for part := range strings.SplitSeq(strings.Replace(text, ",", ".", 1), ":") {
			f, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return 0, false
			}
			total = total*60 + f
		}
		return toDuration(total), true
	}
	if isAbsent(text) {
		return 0, false
	}
	f, err := c.number(text)
	if err != nil || f < 0 || f > 1e9 {
		return 0, false
	}
	return toDuration(f), true
}

func toDuration(s float64) time.Duration { return time.Duration(math.Round(s*1e6)) * time.Microsecond }

// lostPrecision finds a number in scientific notation whose last digit is worth more than a second, as spreadsheets make of
// milliseconds since 1970.
func lostPrecision(values []string) (string, bool) {
	for _, v := range values {
		m := exponentPattern.FindStringSubmatch(v)
		if m == nil {
			continue
		}
		exponent, err := strconv.Atoi(m[3])
		if err == nil && exponent-len(m[2]) > 3 {
			return v, true
		}
	}
	return "", false
}

// assignTimes sets the times of one car's samples, in the order of the file: by the calendar if most rows have it, else by the
// time since start, else by row. It reports whether the times are of the calendar. A row without time follows the one before
// at the usual step; a time since start that falls back (the engine was started again) goes on from where it was.
func assignTimes(samples []Sample, stamps []stamp, interval time.Duration) bool {
	absolute, elapsed := 0, 0
	for _, s := range stamps {
		if s.hasAbsolute {
			absolute++
		}
		if s.hasElapsed {
			elapsed++
		}
	}
	switch {
	case absolute*2 > len(stamps):
		fill(samples, stamps, interval, func(s stamp) (time.Duration, bool) { return s.absolute, s.hasAbsolute }, false)
		return true
	case elapsed*2 > len(stamps):
		fill(samples, stamps, interval, func(s stamp) (time.Duration, bool) { return s.elapsed, s.hasElapsed }, true)
	default:
		for i := range samples {
			samples[i].At = time.Duration(i) * interval
		}
	}
	return false
}

// fill gives every sample its time; with restarts, a time that falls back begins a new count.
func fill(samples []Sample, stamps []stamp, interval time.Duration, at func(stamp) (time.Duration, bool), restarts bool) {
	step := usualStep(stamps, at, interval)
	var offset, last time.Duration
	started := false
	for i := range samples {
		t, ok := at(stamps[i])
		switch {
		case !ok && !started: // set below, backwards from the first row with a time
			continue
		case !ok:
			last += step
		case !started:
			started = true
			if restarts {
				offset = -t
			}
			last = t + offset
			for k := range i {
				samples[k].At = last - time.Duration(i-k)*step
			}
		case restarts && t+offset < last-time.Minute:
			offset = last + step - t
			last = t + offset
		default:
			last = t + offset
		}
		samples[i].At = last
	}
}

// usualStep is the median of the positive steps between neighbours, or the interval.
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
	return median(steps)
}
