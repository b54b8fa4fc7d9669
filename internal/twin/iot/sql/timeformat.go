package sql

import (
	"strconv"
	"strings"
	"time"
)

// jodaLetters are the letters of fields in a Joda-Time pattern.
const jodaLetters = "GCYyxweEDMdaKhHkmsSzZ"

// parseTime is parse_time(pattern, milliseconds [, zone]). Despite its name, it formats a time.
func parseTime(_ *compiler, x *astCall, args []eval) eval {
	if len(args) != 2 && len(args) != 3 {
		return constant(valUndefined)
	}
	pattern := once(x.Args[0], args[0], func(s string) ([]field, bool) { return parsePattern(s, jodaLetters) })
	zone := func(*env) (*time.Location, bool) { return time.UTC, true }
	if len(args) == 3 {
		zone = once(x.Args[2], args[2], zoneByName)
	}
	return func(e *env) value {
		fields, ok := pattern(e)
		if !ok {
			return valUndefined
		}
		ms, ok := args[1](e).clamped()
		if !ok || ms > maxMillis || ms < -maxMillis {
			return valUndefined
		}
		z, ok := zone(e)
		if !ok {
			return valUndefined
		}
		return ofText(formatTime(fields, time.UnixMilli(ms).In(z)))
	}
}

// maxMillis limits times to years of at most five digits.
const maxMillis = 3e15

// once prepares an argument: a literal at compilation, any other argument at each evaluation.
func once[T any](x *astExpr, arg eval, prepare func(string) (T, bool)) func(e *env) (T, bool) {
	if s, isLiteral := literal(x); isLiteral {
		v, ok := prepare(s)
		return func(*env) (T, bool) { return v, ok }
	}
	return func(e *env) (T, bool) {
		s, ok := arg(e).text()
		if !ok || len(s) > maxPattern {
			var none T
			return none, false
		}
		return prepare(s)
	}
}

func formatTime(fields []field, t time.Time) string {
	out := make([]byte, 0, 40)
	for _, f := range fields {
		if f.letter == 0 {
			out = append(out, f.text...)
			continue
		}
		out = f.append(out, t)
	}
	return string(out)
}

// append formats one field by the table of Joda-Time's DateTimeFormat.
func (f field) append(out []byte, t time.Time) []byte {
	switch f.letter {
	case 'G':
		return append(out, era(t)...)
	case 'E':
		return append(out, shortOr(f.count, t.Format("Mon"), t.Format("Monday"))...)
	case 'a':
		return append(out, t.Format("PM")...)
	case 'S':
		return f.fraction(out, t)
	case 'z':
		return append(out, t.Format("MST")...)
	case 'Z':
		return append(out, f.offset(t)...)
	case 'M':
		if f.count >= 3 {
			return append(out, shortOr(f.count, t.Format("Jan"), t.Format("January"))...)
		}
	case 'y', 'Y', 'x':
		return f.year(out, t)
	}
	return pad0(out, f.number(t), f.count)
}

func era(t time.Time) string {
	if t.Year() < 1 {
		return "BC"
	}
	return "AD"
}

func shortOr(count int, short, full string) string {
	if count < 4 {
		return short
	}
	return full
}

func (f field) number(t time.Time) int {
	_, week := t.ISOWeek()
	switch f.letter {
	case 'C':
		return t.Year() / 100
	case 'w':
		return week
	case 'e':
		return (int(t.Weekday())+6)%7 + 1
	case 'D':
		return t.YearDay()
	case 'M':
		return int(t.Month())
	case 'd':
		return t.Day()
	case 'K':
		return t.Hour() % 12
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'H':
		return t.Hour()
	case 'k':
		return (t.Hour()+23)%24 + 1
	case 'm':
		return t.Minute()
	}
	return t.Second()
}

// year formats a year. Two letters give its last two digits.
func (f field) year(out []byte, t time.Time) []byte {
	y := t.Year()
	if f.letter == 'x' {
		y, _ = t.ISOWeek()
	}
	if f.letter == 'Y' && y < 1 {
		y = 1 - y
	}
	if f.count == 2 {
		return pad0(out, (y%100+100)%100, 2)
	}
	return pad0(out, y, f.count)
}

func (f field) fraction(out []byte, t time.Time) []byte {
	s := strconv.Itoa(1e9 + t.Nanosecond())[1:]
	if f.count > len(s) {
		s += strings.Repeat("0", f.count-len(s))
	}
	return append(out, s[:f.count]...)
}

func (f field) offset(t time.Time) string {
	switch f.count {
	case 1:
		return t.Format("-0700")
	case 2:
		return t.Format("-07:00")
	}
	return t.Location().String()
}

// pad0 appends a number with at least that many digits.
func pad0(out []byte, n, width int) []byte {
	if n < 0 {
		out = append(out, '-')
		n = -n
	}
	s := strconv.Itoa(n)
	for i := len(s); i < width; i++ {
		out = append(out, '0')
	}
	return append(out, s...)
}
