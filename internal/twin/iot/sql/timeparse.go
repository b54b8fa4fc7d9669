package sql

import (
	"strings"
	"time"
)

// javaLetters are the supported letters of fields in a java.time pattern.
const javaLetters = "GyuYDMLdEahKkHmsSnVzOXxZ"

// timeToEpoch is time_to_epoch(text, pattern). It returns milliseconds since 1970.
func timeToEpoch(_ *compiler, x *astCall, args []eval) eval {
	if len(args) != 2 {
		return constant(valUndefined)
	}
	pattern := once(x.Args[1], args[1], func(s string) ([]field, bool) { return parsePattern(s, javaLetters) })
	return func(e *env) value {
		s, ok := args[0](e).text()
		if !ok {
			return valUndefined
		}
		fields, ok := pattern(e)
		if !ok {
			return valUndefined
		}
		t, ok := readTime(fields, s)
		if !ok {
			return valUndefined
		}
		return ofInt(t.UnixMilli())
	}
}

// reader parses a time by a pattern.
type reader struct {
	s    string
	year int
	// month and day are 0 until they are read. yearDay can replace both.
	month, day, yearDay, hour, minute, second, nano int
	half                                            int // half of the day: 0 unknown, 1 AM, 2 PM
	zone                                            *time.Location
	dated                                           bool
}

func readTime(fields []field, s string) (time.Time, bool) {
	r := reader{s: s, zone: time.UTC}
	for i, f := range fields {
		adjacent := i+1 < len(fields) && fields[i+1].numeric()
		if !r.field(f, adjacent) {
			return time.Time{}, false
		}
	}
	if r.s != "" {
		return time.Time{}, false
	}
	return r.time()
}

// numeric reports whether the field consists of digits.
func (f field) numeric() bool {
	return f.letter != 0 && strings.IndexByte("yuYDdhHkKmsSn", f.letter) >= 0 || (f.letter == 'M' || f.letter == 'L') && f.count < 3
}

func (r *reader) field(f field, adjacent bool) bool {
	if f.letter == 0 {
		rest, ok := strings.CutPrefix(r.s, f.text)
		r.s = rest
		return ok
	}
	if f.numeric() {
		return r.number(f, adjacent)
	}
	switch f.letter {
	case 'M', 'L':
		return r.monthName(f.count)
	case 'E':
		return r.weekday(f.count)
	case 'a':
		return r.word(&r.half, "AM", "PM")
	case 'G':
		var ignored int
		return r.word(&ignored, "AD")
	case 'V', 'z', 'O':
		return r.zoneName()
	}
	return r.zoneOffset()
}

// number reads digits: as many as the field has letters. A field with one letter takes any number of digits, unless a numeric field
// follows.
func (r *reader) number(f field, adjacent bool) bool {
	most := f.count
	if f.count == 1 && !adjacent {
		most = 18
	}
	v, n := 0, 0
	for n < len(r.s) && n < most && n < 18 && r.s[n] >= '0' && r.s[n] <= '9' {
		v = v*10 + int(r.s[n]-'0')
		n++
	}
	if n < f.count {
		return false
	}
	r.s = r.s[n:]
	return r.set(f, v, n)
}

// ranges holds the lowest and highest value of each field.
var ranges = map[byte][2]int{
	'M': {1, 12}, 'L': {1, 12}, 'd': {1, 31}, 'D': {1, 366}, 'h': {1, 12}, 'K': {0, 11}, 'k': {1, 24}, 'H': {0, 23},
	'm': {0, 59}, 's': {0, 59}, 'n': {0, 999_999_999}, 'y': {0, 99_999}, 'u': {0, 99_999}, 'Y': {0, 99_999},
}

func (r *reader) set(f field, v, n int) bool {
	if limits, ok := ranges[f.letter]; ok && (v < limits[0] || v > limits[1]) {
		return false
	}
	switch f.letter {
	case 'y', 'u', 'Y':
		if f.count == 2 {
			v += 2000
		}
		r.year, r.dated = v, true
	case 'M', 'L':
		r.month = v
	case 'd':
		r.day = v
	case 'D':
		r.yearDay = v
	case 'h':
		r.hour = v % 12
	case 'K', 'H':
		r.hour = v
	case 'k':
		r.hour = v % 24
	case 'm':
		r.minute = v
	case 's':
		r.second = v
	case 'n':
		r.nano = v
	case 'S':
		for ; n < 9; n++ {
			v *= 10
		}
		for ; n > 9; n-- {
			v /= 10
		}
		r.nano = v
	}
	return true
}

// word reads one of the words and stores its number, from 1.
func (r *reader) word(to *int, words ...string) bool {
	for i, w := range words {
		if rest, ok := strings.CutPrefix(r.s, w); ok {
			*to, r.s = i+1, rest
			return true
		}
	}
	return false
}

func (r *reader) monthName(count int) bool {
	for m := time.January; m <= time.December; m++ {
		name := shortOr(count, m.String()[:3], m.String())
		if rest, ok := strings.CutPrefix(r.s, name); ok {
			r.month, r.s = int(m), rest
			return true
		}
	}
	return false
}

func (r *reader) weekday(count int) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := shortOr(count, d.String()[:3], d.String())
		if rest, ok := strings.CutPrefix(r.s, name); ok {
			r.s = rest
			return true
		}
	}
	return false
}

// abbreviated maps the usual abbreviations of zones to zones of the tz database.
var abbreviated = map[string]string{
	"EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
	"MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
	"CET": "Europe/Paris", "CEST": "Europe/Paris", "BST": "Europe/London", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
}

// zoneName reads the characters that may be in a zone's name or offset.
func (r *reader) zoneName() bool {
	n := 0
	for n < len(r.s) && (r.s[n] == '/' || r.s[n] == '_' || r.s[n] == '+' || r.s[n] == '-' || r.s[n] == ':' ||
		r.s[n] >= '0' && r.s[n] <= '9' || r.s[n] >= 'A' && r.s[n] <= 'Z' || r.s[n] >= 'a' && r.s[n] <= 'z') {
		n++
	}
	name := r.s[:n]
	if full, ok := abbreviated[name]; ok {
		name = full
	}
	z, ok := zoneByName(name)
	if !ok {
		return false
	}
	r.zone, r.s = z, r.s[n:]
	return true
}

func (r *reader) zoneOffset() bool {
	if rest, ok := strings.CutPrefix(r.s, "Z"); ok {
		r.s = rest
		return true
	}
	seconds, n := offset(r.s)
	if n == 0 {
		return false
	}
	r.zone, r.s = time.FixedZone("", seconds), r.s[n:]
	return true
}

// time combines the fields. A date is required. A day beyond the end of the month becomes the last day, as in java.time.
func (r *reader) time() (time.Time, bool) {
	if r.half == 2 {
		r.hour = r.hour%12 + 12
	}
	if !r.dated || r.yearDay == 0 && (r.month == 0 || r.day == 0) {
		return time.Time{}, false
	}
	month, day := time.Month(r.month), r.day
	if r.month == 0 || r.day == 0 {
		month, day = time.January, r.yearDay
	} else if last := time.Date(r.year, month+1, 0, 0, 0, 0, 0, time.UTC).Day(); day > last {
		day = last
	}
	return time.Date(r.year, month, day, r.hour, r.minute, r.second, r.nano, r.zone), true
}
