package telemetry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/domain/message"
)

// onlyKnown rejects a field that the schema does not have. Unlike encoding/json it also rejects a name that differs in case only.
func onlyKnown(fields map[string]json.RawMessage, prefix string, known []string) error {
	for name, raw := range fields {
		if !slices.Contains(known, name) {
			return invalid("unknown field "+string(clipped(prefix+name)), raw, "one of "+strings.Join(known, ", "))
		}
	}
	return nil
}

func clipped(s string) []byte {
	if len(s) > 64 {
		return []byte(s[:64] + "...")
	}
	return []byte(s)
}

func quoted(s string) []byte { return strconv.AppendQuote(nil, s) }

// text decodes a field that must be a string, not null.
func text(fields map[string]json.RawMessage, name, allowed string) (string, error) {
	raw := fields[name]
	if len(raw) == 0 || raw[0] != '"' {
		return "", invalid(name, raw, allowed)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", invalid(name, raw, allowed)
	}
	return s, nil
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ulid decodes a ULID (github.com/ulid/spec): 26 characters of Crockford's base 32 in upper case, which hold 128 bits, so the first is at
// most 7.
// https://github.com/ulid/spec
func ulid(fields map[string]json.RawMessage, name string) (string, error) {
	const allowed = "a ULID of 26 upper-case characters"
	s, err := text(fields, name, allowed)
	if err != nil {
		return "", err
	}
	if !IsULID(s) {
		return "", invalid(name, fields[name], allowed)
	}
	return s, nil
}

// IsULID reports whether s is a ULID in its canonical, upper-case form.
func IsULID(s string) bool {
	if len(s) != 26 || s[0] > '7' {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(crockford, s[i]) < 0 {
			return false
		}
	}
	return true
}

// bootID decodes 1 to 64 letters, digits, hyphens and underscores: a UUID, a ULID or a counter.
func bootID(fields map[string]json.RawMessage, name string) (string, error) {
	const allowed = "1 to 64 letters, digits, '-' and '_'"
	s, err := text(fields, name, allowed)
	if err != nil {
		return "", err
	}
	if s == "" || len(s) > 64 {
		return "", invalid(name, fields[name], allowed)
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !digit(c) && c != '-' && c != '_' {
			return "", invalid(name, fields[name], allowed)
		}
	}
	return s, nil
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// timestamp decodes RFC 3339 in UTC with Z, truncated to the millisecond. time.Parse alone would accept single-digit hours and
// decimal commas.
func timestamp(fields map[string]json.RawMessage, name string) (time.Time, error) {
	const allowed = "RFC 3339 in UTC such as 2026-01-31T08:00:00.000Z"
	s, err := text(fields, name, allowed)
	if err != nil {
		return time.Time{}, err
	}
	const shape = "0000-00-00T00:00:00"
	if len(s) <= len(shape) || len(s) > len(shape)+len(".000000000Z") || s[len(s)-1] != 'Z' {
		return time.Time{}, invalid(name, fields[name], allowed)
	}
	for i := range len(shape) {
		if want := shape[i]; want == '0' && !digit(s[i]) || want != '0' && s[i] != want {
			return time.Time{}, invalid(name, fields[name], allowed)
		}
	}
	if fraction := s[len(shape):]; len(fraction) > 1 && (fraction[0] != '.' || len(fraction) == 2) {
		return time.Time{}, invalid(name, fields[name], allowed)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, invalid(name, fields[name], allowed)
	}
	return t.Truncate(time.Millisecond), nil
}

// wholeNumber decodes an integer between lowest and highest, both inclusive. JSON has no integer type, so 1.0 and 1e3 are accepted for
// 1 and 1000: a rules engine may write them so.
func wholeNumber(fields map[string]json.RawMessage, name, prefix string, lowest, highest int64) (int64, error) {
	raw := fields[name]
	n, err := message.ParseWhole(string(raw))
	if err != nil || n < lowest || n > highest {
		return 0, invalid(prefix+name, raw, fmt.Sprintf("an integer from %d to %d", lowest, highest))
	}
	return n, nil
}

// wellFormed reports whether a path has the form of VSS: "Vehicle" and then at least one name that starts with a capital letter.
func wellFormed(path string) bool {
	rest, found := strings.CutPrefix(path, "Vehicle.")
	if !found || len(path) > MaxPathLength {
		return false
	}
	start := true
	for i := range len(rest) {
		c := rest[i]
		switch {
		case start && ('A' > c || c > 'Z'):
			return false
		case !start && c == '.':
			start = true
			continue
		case !start && !letter(c) && !digit(c) && c != '_':
			return false
		}
		start = false
	}
	return !start
}

// shortTexts reports whether a list value is within its limits.
func shortTexts(texts []string) bool {
	if len(texts) > MaxTexts {
		return false
	}
	for _, s := range texts {
		if s == "" || len(s) > MaxTextsText {
			return false
		}
		for i := range len(s) {
			if s[i] < ' ' || s[i] > '~' {
				return false
			}
		}
	}
	return true
}
