package telemetry

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// signals decodes the values of one sample.
func signals(raw json.RawMessage, field string) (Signals, error) {
	if raw == nil || raw[0] != '{' {
		return nil, invalid(field, raw, "an object of values by VSS path")
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, invalid(field, raw, "an object of values by VSS path")
	}
	if len(values) > MaxSignals {
		return nil, invalid(field, fmt.Appendf(nil, "%d signals long", len(values)), fmt.Sprintf("up to %d signals", MaxSignals))
	}
	s := make(Signals, len(values))
	for path, value := range values {
		v, err := signalValue(path, value, field)
		if err != nil {
			return nil, err
		}
		s[path] = v
	}
	return s, nil
}

func signalValue(path string, raw json.RawMessage, field string) (Value, error) {
	signal, known := byPath[path]
	if !known && !wellFormed(path) {
		return Null, invalid("a path in "+field, quoted(path),
			fmt.Sprintf("a VSS path such as %s of up to %d characters", Speed, MaxPathLength))
	}
	var v Value
	if err := v.UnmarshalJSON(raw); err != nil {
		return Null, invalid(field+"."+path, raw, "a number, string, boolean, list of strings or null")
	}
	if allowed := disallowed(v, signal, known); allowed != "" {
		return Null, invalid(field+"."+path, raw, allowed)
	}
	return v, nil
}

// disallowed returns the allowed values if v is not one of them, and "" otherwise.
func disallowed(v Value, signal Signal, known bool) string {
	if v.IsNull() {
		return ""
	}
	if known && v.Kind() != signal.Kind {
		return "a " + signal.Kind.String() + " or null"
	}
	switch v.Kind() {
	case KindNumber:
		if v.num < -MaxNumber || v.num > MaxNumber {
			return "a number of magnitude up to 1e15"
		}
	case KindText:
		return disallowedText(v.text, signal.Allowed)
	case KindTexts:
		if !shortTexts(v.texts) {
			return fmt.Sprintf("up to %d strings of 1 to %d printable ASCII characters", MaxTexts, MaxTextsText)
		}
	}
	return ""
}

func disallowedText(s string, allowed []string) string {
	if len(allowed) == 0 {
		if utf8.RuneCountInString(s) > MaxText {
			return fmt.Sprintf("a string of up to %d characters", MaxText)
		}
		return ""
	}
	for _, a := range allowed {
		if s == a {
			return ""
		}
	}
	return fmt.Sprintf("one of %v or null", allowed)
}
