package replay

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// layouts are the usual forms of date and time. Those with day and month as numbers come in both orders; chooseFormat decides.
var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 -0700", "2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04", "2006-01-02 15:04", "2006/01/02 15:04:05.999999999", "2006.01.02 15:04:05.999999999", "20060102T150405", "20060102150405",
	"02-Jan-2006 15:04:05.999999999", "2-Jan-2006 15:04:05.999999999", "02-Jan-06 15:04:05.999999999", "2 Jan 2006 15:04:05.999999999", "Jan 2, 2006 15:04:05.999999999", "Jan 2, 2006 3:04:05 PM",
	"Mon Jan 2 15:04:05 GMT-07:00 2006", "Mon Jan 02 15:04:05 GMT-07:00 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 02 15:04:05 MST 2006",
	"2006-01-02", "2.1.2006 15:04:05.999999999", "2.1.2006 15:04", "2.1.06 15:04:05.999999999",
}

var (
	dayFirst   = []string{"2/1/2006 15:04:05.999999999", "2/1/2006 15:04", "2/1/2006 3:04:05.999999999 PM", "2-1-2006 15:04:05.999999999"}
	monthFirst = []string{"1/2/2006 15:04:05.999999999", "1/2/2006 15:04", "1/2/2006 3:04:05.999999999 PM", "1-2-2006 15:04:05.999999999"}
	slashed    = regexp.MustCompile(`^(\d{1,2})[/-](\d{1,2})[/-]\d{4}`)
)

// chooseFormat finds how a column writes the time. elapsed is true if its numbers count seconds from some start, or its texts
// are times of day. A form must read nine tenths of the values.
func chooseFormat(values []string, m marks, delimiter rune) (parse func(string) (time.Duration, bool), elapsed bool) {
	if len(values) == 0 {
		return nil, false
	}
	sample := values[:min(len(values), 1000)]
	if most(sample, clockPattern.MatchString) {
		return func(string) (time.Duration, bool) { return 0, false }, true
	}
	if parse, elapsed := chooseEpoch(sample, m); parse != nil {
		return parse, elapsed
	}
	candidates := append(slices.Clone(layouts), orderOf(sample, delimiter)...)
	best := func(s string) (time.Duration, bool) {
		s = strings.Replace(s, ",", ".", 1)
		for _, layout := range candidates {
			if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 {
				return time.Duration(t.UnixNano()), true
			}
		}
		return 0, false
	}
	if strings.Contains(sample[0], "Jan ") || monthComma.MatchString(sample[0]) {
		best = exact(candidates)
	}
	if most(sample, func(s string) bool { _, ok := best(s); return ok }) {
		return best, false
	}
	return nil, false
}

// monthComma is a date with a comma that is no decimal mark: "May 4, 2023".
var monthComma = regexp.MustCompile(`^[A-Z][a-z]{2} \d{1,2}, `)

func exact(candidates []string) func(string) (time.Duration, bool) {
	return func(s string) (time.Duration, bool) {
		for _, layout := range candidates {
			if t, err := time.Parse(layout, s); err == nil {
				return time.Duration(t.UnixNano()), true
			}
		}
		return 0, false
	}
}

func most(values []string, ok func(string) bool) bool {
	n := 0
	for _, v := range values {
		if ok(v) {
			n++
		}
	}
	return n*10 >= len(values)*9
}

// orderOf says whether dates such as 01/02/2026 begin with the day: if a number above 12 shows it, or else as countries do that
// separate columns with a semicolon.
func orderOf(values []string, delimiter rune) []string {
	for _, v := range values {
		m := slashed.FindStringSubmatch(v)
		switch {
		case m == nil:
		case m[1] > "12" && len(m[1]) == 2:
			return dayFirst
		case m[2] > "12" && len(m[2]) == 2:
			return monthFirst
		}
	}
	if delimiter == ';' {
		return dayFirst
	}
	return monthFirst
}

// chooseEpoch recognises numbers: seconds, milli-, micro- or nanoseconds since 1970 by their size, or seconds from some start.
func chooseEpoch(values []string, m marks) (func(string) (time.Duration, bool), bool) {
	var numbers []float64
	for _, v := range values {
		if f, suffix, err := m.parse(v); err == nil && suffix == "" {
			numbers = append(numbers, f)
		}
	}
	if len(numbers)*10 < len(values)*9 || len(numbers) == 0 {
		return nil, false
	}
	factor := 0.0
	switch first := slices.Max(numbers); {
	case first > 1e17:
		factor = 1e-9
	case first > 1e14:
		factor = 1e-6
	case first > 1e11:
		factor = 1e-3
	case first > 1e8:
		factor = 1
	default:
		return func(string) (time.Duration, bool) { return 0, false }, true
	}
	return func(s string) (time.Duration, bool) {
		f, suffix, err := m.parse(s)
		if err != nil || suffix != "" || f*factor < 1e8 || f*factor > 9e9 {
			return 0, false
		}
		return toDuration(f * factor), true
	}, false
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
