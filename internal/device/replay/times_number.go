package replay

import (
	"math"
	"slices"
	"time"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/device/replay/unit"
)

// Seconds since 1970 of the years that a logger's clock can show: 2001 to 2099.
const (
	firstEpoch = 978_307_200.0
	lastEpoch  = 4_102_444_800.0
)

func isEpoch(s float64) bool { return s >= firstEpoch && s < lastEpoch }

// counting converts the numbers of a column to seconds.
type counting struct {
	factor   float64 // seconds per unit of the column
	offset   float64 // seconds added
	absolute bool
	why      string // reason for the conversion; empty: it was not inferred
}

// chooseNumbers uses a column of numbers as a clock: seconds or fractions of seconds, since 1970 or some start, or a spreadsheet's days.
func (l *layout) chooseNumbers(t *times, f field, values []string) {
	numbers := make([]float64, 0, len(values))
	for _, v := range values {
		if n, ok := f.plainNumber(v); ok {
			numbers = append(numbers, n)
		}
	}
	named := unit.Unit{}
	if !unit.None(f.Unit) {
		var problem string
		if named, problem = namedUnit(unit.Time, f.Unit); problem != "" {
			l.note("column %q is not used: %s", f.header, problem)
			return
		}
	} else if f.Path == column.Elapsed && !f.Guessed {
		named = unit.Default("s", unit.Time)
	}
	c, ok := count(numbers, named)
	if !ok {
		l.note("column %q is not used: nothing tells what its numbers count", f.header)
		return
	}
	if c.why != "" {
		l.note("column %q is taken as %s", f.header, c.why)
	}
	at := func(r sheet.Row) (time.Duration, bool) {
		text := r.Fields[f.index]
		n, ok := f.plainNumber(text)
		s := n*c.factor + c.offset
		if isAbsent(text) || !ok || c.absolute && !isEpoch(s) || s < 0 || s > lastEpoch {
			return 0, false
		}
		return toDuration(s), true
	}
	column := timeColumn{header: f.header, index: f.index, at: at}
	if c.absolute {
		t.clock = append(t.clock, column)
	} else {
		t.elapsed = append(t.elapsed, column)
	}
}

// parts are the fractions of a second in which clocks count since 1970.
var parts = []struct {
	factor float64
	name   string
}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}

// count decides the meaning of a time column's numbers: by their size for calendar times, else by the unit that the column names, else by
// their steps.
func count(numbers []float64, named unit.Unit) (counting, bool) {
	if len(numbers) == 0 {
		return counting{}, false
	}
	middle := medianOf(numbers)
	if !named.IsZero() && isEpoch(middle*named.Factor) {
		return counting{factor: named.Factor, absolute: true}, true
	}
	for _, p := range parts {
		if !isEpoch(middle * p.factor) {
			continue
		}
		c := counting{factor: p.factor, absolute: true}
		if !named.IsZero() {
			c.why = p.name + " since 1970 by its size, whatever its unit says"
		}
		return c, true
	}
	step := usualNumberStep(numbers)
	switch {
	case !named.IsZero():
		return counting{factor: named.Factor}, true
	case isSerialDay(numbers, step):
		return counting{factor: 86_400, offset: -25_569 * 86_400, absolute: true, why: "days of a spreadsheet since 1899"}, true
	}
	return countBySteps(numbers, step)
}

// isSerialDay recognises the date numbers of spreadsheets: days since 1899, with the time of day as a fraction.
func isSerialDay(numbers []float64, step float64) bool {
	const year2001, year2099, quarterHour = 36_892, 73_051, 0.01
	return step > 0 && step < quarterHour && slices.Min(numbers) >= year2001 && slices.Max(numbers) < year2099
}

// countBySteps infers seconds or fractions of a second from the step between two rows: loggers write a row every 20 ms to 60 s. It returns
// false if the step is ambiguous.
func countBySteps(numbers []float64, step float64) (counting, bool) {
	whole := !slices.ContainsFunc(numbers, func(f float64) bool { return f != math.Trunc(f) })
	switch {
	case slices.Max(numbers) < 1 && step < 0.001 && step > 0:
		return counting{}, false // possibly a fraction of a day
	case step <= 15, !whole && step <= 60, step == 20, step == 30, step == 60:
		return counting{factor: 1, why: "seconds: it names no unit"}, true
	case step < 200:
		return counting{factor: 1e-3, why: "ms by the steps between rows: it names no unit"}, step >= 40
	case step < 60_000:
		return counting{factor: 1e-3, why: "ms by the steps between rows: it names no unit"}, true
	case step < 20_000_000:
		return counting{factor: 1e-6, why: "µs by the steps between rows: it names no unit"}, true
	}
	return counting{factor: 1e-9, why: "ns by the steps between rows: it names no unit"}, true
}

// usualNumberStep is the median of the positive steps; 0: there are none.
func usualNumberStep(numbers []float64) float64 {
	var steps []float64
	for i := 1; i < len(numbers); i++ {
		if d := numbers[i] - numbers[i-1]; d > 0 {
			steps = append(steps, d)
		}
	}
	if len(steps) == 0 {
		return 0
	}
	return medianOf(steps)
}

func medianOf(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
