package clock

import (
	"strings"
	"time"
)

// Order is the order of year, month and day in numeric dates.
type Order int

// The orders. Dates that begin with a year of four digits, or name the month, are not ambiguous.
const (
	DayFirst Order = iota
	MonthFirst
	YearFirst
)

func (o Order) String() string {
	return [...]string{"day.month.year", "month/day/year", "year-month-day"}[o]
}

// Plausible years of a log. OBD-II dates from 1996, but loggers that write files are younger, and a clock that was never set shows 1970 to
// 2000.
const (
	firstYear = 2001
	lastYear  = 2099
)

// open reports whether a date is ambiguous, that is, can be read in several orders.
func (m Moment) open() bool { return m.Dated && m.Year4 != 0 && m.Month == 0 }

// At returns the moment since the Unix epoch, read in that order. east is the offset to use if the text names no zone. It returns false for
// days that do not exist.
func (m Moment) At(o Order, east time.Duration) (time.Duration, bool) {
	y, month, d := m.civil(o)
	if y < 100 && m.Year4 < 0 && (m.open() || m.Month != 0) {
		y += 2000
	}
	if y < firstYear || y > lastYear || month < 1 || month > 12 || d < 1 {
		return 0, false
	}
	t := time.Date(y, time.Month(month), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return 0, false
	}
	if m.Zone.Name != "" {
		east = time.Duration(m.Zone.Minutes) * time.Minute
	}
	return time.Duration(t.UnixNano()) + m.Clock - east, true
}

func (m Moment) civil(o Order) (year, month, day int) {
	a, b, c := m.Date[0], m.Date[1], m.Date[2]
	switch {
	case m.Year4 == 0 || !m.open() && m.Month == 0:
		return a, b, c
	case m.Month != 0:
		return c, m.Month, a
	case m.Year4 < 0 && o == YearFirst:
		return a, b, c
	case o == MonthFirst:
		return c, a, b
	}
	return c, b, a
}

// Choice is the chosen order for the dates of a column, with the reason.
type Choice struct {
	Order   Order
	Certain bool   // all other orders fail to read the dates
	Why     string // reason for the order; empty if no date was ambiguous
}

// Choose chooses the order of dates: the only one that reads all of them, or the one with the shortest time from row to row, or else the
// usual one for that style of date. ok is false if no order reads them.
func Choose(all []Moment, semicolons bool) (c Choice, ok bool) {
	isOpen, twelve, dots := false, false, true
	for _, m := range all {
		isOpen, twelve, dots = isOpen || m.open(), twelve || m.TwelveHrs, dots && m.Dots
	}
	if !isOpen {
		return Choice{Order: DayFirst, Certain: true}, true
	}
	if dots && readsAll(all, DayFirst) {
		return Choice{Order: DayFirst, Certain: true, Why: "points stand between day, month and year"}, true
	}
	var fit []Order
	for _, o := range []Order{MonthFirst, DayFirst, YearFirst} {
		if (o != YearFirst || twoDigits(all)) && readsAll(all, o) {
			fit = append(fit, o)
		}
	}
	switch len(fit) {
	case 0:
		return Choice{}, false
	case 1:
		return Choice{Order: fit[0], Certain: true, Why: "no other order reads all dates"}, true
	}
	if o, clear := shortest(all, fit); clear {
		return Choice{Order: o, Why: "with it the rows are closest in time"}, true
	}
	usual := MonthFirst
	if semicolons && !twelve {
		usual = DayFirst
	}
	if !has(fit, usual) {
		usual = fit[0]
	}
	return Choice{Order: usual, Why: "nothing in the file tells; it is the usual one"}, true
}

func has(orders []Order, o Order) bool {
	for _, other := range orders {
		if other == o {
			return true
		}
	}
	return false
}

func twoDigits(all []Moment) bool {
	for _, m := range all {
		if m.Year4 >= 0 {
			return false
		}
	}
	return true
}

// readsAll reports whether at least nine tenths of the dates exist in that order.
func readsAll(all []Moment, o Order) bool {
	bad := 0
	for _, m := range all {
		if _, ok := m.At(o, 0); !ok {
			bad++
		}
	}
	return bad*10 <= len(all)
}

// shortest returns the order with the shortest total time between rows. It returns false unless all others are at least twice as long.
func shortest(all []Moment, orders []Order) (Order, bool) {
	const clearly = 2
	var best, second time.Duration = -1, -1
	var order Order
	for _, o := range orders {
		switch way := wayOf(all, o); {
		case best < 0 || way < best:
			second, best, order = best, way, o
		case second < 0 || way < second:
			second = way
		}
	}
	return order, second > clearly*best
}

// wayOf adds up the absolute times between neighbouring rows, in whole seconds so that the sum cannot overflow.
func wayOf(all []Moment, o Order) time.Duration {
	var sum, last time.Duration
	for i, m := range all {
		at, ok := m.At(o, 0)
		if !ok {
			continue
		}
		if i > 0 {
			sum += (at - last).Abs() / time.Second
		}
		last = at
	}
	return sum
}

// Hint returns the order that a text such as "dd/mm/yyyy hh:mm:ss" describes.
func Hint(text string) (Order, bool) {
	text = strings.ToLower(text)
	d, m, y := strings.Index(text, "d"), strings.Index(text, "m"), strings.Index(text, "yy")
	switch {
	case d < 0 || m < 0 || y < 0 || strings.Trim(text, "dmyhst.:/-_ a") != "":
		return 0, false
	case y < m && m < d:
		return YearFirst, true
	case m < d:
		return MonthFirst, true
	}
	return DayFirst, true
}
