package telemetry

import (
	"encoding/json"
	"fmt"
	"time"
)

// ParseTime parses a time in the form of messages: RFC 3339 in UTC with Z, truncated to the millisecond. The error is a *message.FieldError
// for that field.
func ParseTime(field, s string) (time.Time, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return time.Time{}, invalid(field, quoted(s), "RFC 3339 in UTC such as 2026-01-31T08:00:00.000Z")
	}
	return timestamp(map[string]json.RawMessage{field: raw}, field)
}

// CheckSignals checks signals against the limits of a telemetry message. The error is a *message.FieldError.
func CheckSignals(s Signals) error {
	for path, v := range s {
		signal, known := byPath[path]
		if !known && !wellFormed(path) {
			return invalid("a path", quoted(path), fmt.Sprintf("a VSS path such as %s of up to %d characters", Speed, MaxPathLength))
		}
		if allowed := disallowed(v, signal, known); allowed != "" {
			return invalid(path, fmt.Append(nil, v.Any()), allowed)
		}
	}
	return nil
}
