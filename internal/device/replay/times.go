package replay

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/device/replay/unit"
)

// stamp is a row's time.
type stamp struct {
	hasAbsolute, hasElapsed bool
	absolute                time.Duration // since the Unix epoch
	elapsed                 time.Duration // since some start
}

// since returns the time from the stamp before, or zero if the two cannot be compared.
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
	clock   []timeColumn  // columns of calendar time; the first is used, and the others only in parts of the file that lack it
	elapsed []timeColumn  // columns of time since some start
	start   time.Duration // start of the recording, from the lines before the header; 0: unknown
}

// timeColumn reads the time from a row.
type timeColumn struct {
	header string
	index  int
	at     func(sheet.Row) (time.Duration, bool)
	found  int // number of distinct times
}

// readTimes chooses the time columns: among several, the one with the most distinct times. A time column that lost its precision or does
// not advance is not used.
func (l *layout) readTimes() *times {
	t := &times{}
	day := l.dayColumn(t)
	for _, f := range l.columns {
		switch f.Path {
		case column.Time:
			l.chooseClock(t, f, day)
		case column.Elapsed:
			l.chooseClock(t, f, nil)
		}
	}
	for _, list := range [][]timeColumn{t.clock, t.elapsed} {
		for i := range list {
			list[i].found = l.tellsApart(list[i])
		}
		slices.SortStableFunc(list, func(a, b timeColumn) int { return cmp.Compare(b.found, a.found) })
	}
	l.startTime(t)
	switch {
	case len(t.clock) > 0:
	case len(t.elapsed) > 0:
		l.note("time is taken from column %q", t.elapsed[0].header)
	default:
		l.note("no usable time: rows follow each other at the interval")
	}
	return t
}

// tellsApart counts the distinct times of a column in the first rows.
func (l *layout) tellsApart(c timeColumn) int {
	seen := map[time.Duration]bool{}
	for _, r := range l.Rows[:min(len(l.Rows), 5000)] {
		if at, ok := c.at(r); ok {
			seen[at] = true
		}
	}
	return len(seen)
}

// dayColumn returns the column of the date that belongs to a column of the time of day; nil if there is none. A date column that contains
// times is a clock itself.
func (l *layout) dayColumn(t *times) *field {
	for _, f := range l.columns {
		if f.Path != column.Date {
			continue
		}
		if all := parseAll(l.values(f.index)); share(all, func(m parsed) bool { return m.ok && m.Dated && m.HasClock }) {
			l.chooseClock(t, f, nil)
			continue
		}
		return &f
	}
	return nil
}

// of returns the stamp of a row.
func (t *times) of(r sheet.Row) stamp {
	var s stamp
	for _, c := range t.clock {
		if s.absolute, s.hasAbsolute = c.at(r); s.hasAbsolute {
			break
		}
		if r.Fields[c.index] != "" {
			break
		}
	}
	for _, c := range t.elapsed {
		if s.elapsed, s.hasElapsed = c.at(r); s.hasElapsed {
			break
		}
	}
	return s
}

// chooseClock uses f as a calendar clock or a count of time, if its values are times that advance.
func (l *layout) chooseClock(t *times, f field, day *field) {
	values := present(l.values(f.index))
	if len(values) == 0 {
		return
	}
	if lost, ok := lostPrecision(values); ok {
		l.note("column %q is not used: %q has lost its precision", f.header, lost)
		return
	}
	switch {
	case share(values, clockOnly.MatchString) && day == nil:
		if f.Path == column.Time && share(values, hourMinute.MatchString) {
			l.note("column %q: times without seconds are taken as hours and minutes", f.header)
			t.elapsed = append(t.elapsed, timeColumn{header: f.header, index: f.index, at: func(r sheet.Row) (time.Duration, bool) { return sinceStart(r.Fields[f.index] + ":00") }})
			return
		}
		t.elapsed = append(t.elapsed, timeColumn{header: f.header, index: f.index, at: func(r sheet.Row) (time.Duration, bool) { return sinceStart(r.Fields[f.index]) }})
	case share(values, func(v string) bool { _, ok := f.plainNumber(v); return ok }):
		l.chooseNumbers(t, f, values)
	default:
		l.chooseTexts(t, f, day)
	}
}

func present(values []string) []string {
	return slices.DeleteFunc(values, isAbsent)
}

// share reports whether ok is true for nine tenths of the first 1000 values.
func share[T any](values []T, ok func(T) bool) bool {
	values = values[:min(len(values), 1000)]
	n := 0
	for _, v := range values {
		if ok(v) {
			n++
		}
	}
	return len(values) > 0 && n*10 >= len(values)*9
}

var (
	clockOnly       = regexp.MustCompile(`^(\d{1,4}:\d{2}:\d{2}([.,]\d+)?|\d{1,3}:\d{2}([.,]\d+)?)$`)
	hourMinute      = regexp.MustCompile(`^([01]?\d|2[0-3]):[0-5]\d$`)
	exponentPattern = regexp.MustCompile(`^(\d+)(?:[.,](\d+))?[eE]\+?(\d+)$`)
)

// sinceStart parses h:mm:ss or mm:ss.
func sinceStart(text string) (time.Duration, bool) {
	if !clockOnly.MatchString(text) {
		return 0, false
	}
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

// plainNumber parses a number with or without a unit of time after it.
func (f field) plainNumber(text string) (float64, bool) {
	n, suffix, err := f.marks.parse(text)
	if err != nil {
		return 0, false
	}
	if suffix == "" {
		return n, true
	}
	if u, _, ok := unit.Parse(suffix, unit.Time); ok && u.Factor == 1 {
		return n, true
	}
	return 0, false
}

func toDuration(s float64) time.Duration { return time.Duration(math.Round(s*1e6)) * time.Microsecond }

// lostPrecision finds a number in scientific notation whose last digit is worth more than a second, which spreadsheets make of milliseconds
// since 1970.
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
