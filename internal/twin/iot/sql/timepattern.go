package sql

import (
	"strings"
	"time"
	_ "time/tzdata" // zones by name, even if the host has no tz database
)

// field is a part of a date and time pattern of Joda-Time or java.time: a run of one letter, or plain text.
type field struct {
	letter byte // 0: plain text
	count  int
	text   string
}

// parsePattern splits a pattern into fields. It returns false for letters outside allowed and for unclosed quotes.
func parsePattern(s, allowed string) ([]field, bool) {
	var out []field
	for i := 0; i < len(s); {
		b := s[i]
		switch {
		case b == '\'':
			text, n := quotedText(s[i:])
			if n == 0 {
				return nil, false
			}
			out = append(out, field{text: text})
			i += n
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			if strings.IndexByte(allowed, b) < 0 {
				return nil, false
			}
			n := 1
			for i+n < len(s) && s[i+n] == b {
				n++
			}
			out = append(out, field{letter: b, count: n})
			i += n
		default:
			out = append(out, field{text: s[i : i+1]})
			i++
		}
	}
	return out, true
}

// quotedText reads text in single quotes. Two quotes stand for one, inside the text or alone.
func quotedText(s string) (text string, n int) {
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1
	}
	return "", 0
}

// zoneByName finds a time zone: a name of the tz database, an offset such as +02:00, or UTC, GMT or UT with or without an offset.
func zoneByName(name string) (*time.Location, bool) {
	if z, ok := fixedZone(name); ok {
		return z, true
	}
	if name == "" || name == "Local" {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	return z, err == nil
}

func fixedZone(name string) (*time.Location, bool) {
	rest := name
	for _, prefix := range []string{"UTC", "GMT", "UT", "Z"} {
		if strings.HasPrefix(name, prefix) {
			rest = name[len(prefix):]
			break
		}
	}
	if rest == "" && name != "" {
		return time.UTC, true
	}
	seconds, n := offset(rest)
	if n == 0 || n != len(rest) {
		return nil, false
	}
	return time.FixedZone(name, seconds), true
}

// offset reads +h, +hh, +hh:mm, +hhmm, or a form with seconds, at the beginning of s. It returns the offset in seconds and the length of
// the text.
func offset(s string) (seconds, n int) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, 0
	}
	units := [3]int{3600, 60, 1}
	i := 1
	for u, unit := range units {
		from := i
		if u > 0 && i < len(s) && s[i] == ':' {
			from++
		}
		v, end := twoDigits(s, from, u == 0)
		if end == 0 {
			break
		}
		if u > 0 && v > 59 || v > 18 && u == 0 {
			return 0, 0
		}
		seconds += v * unit
		i = end
	}
	if i == 1 {
		return 0, 0
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, i
}

func twoDigits(s string, i int, oneIsEnough bool) (v, end int) {
	for end = i; end < len(s) && end < i+2 && s[end] >= '0' && s[end] <= '9'; end++ {
		v = v*10 + int(s[end]-'0')
	}
	if end == i+2 || oneIsEnough && end == i+1 {
		return v, end
	}
	return 0, 0
}
