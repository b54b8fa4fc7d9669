package telemetry

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Value is a signal's value: a number, a text, a boolean, a list of texts, or Null. The zero Value is Null.
type Value struct {
	kind  Kind
	num   float64
	text  string
	texts []string
}

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds of value that a signal may have.
const (
	KindNull Kind = iota
	KindNumber
	KindText
	KindBool
	KindTexts
)

// String returns the kind's name, for error messages.
func (k Kind) String() string {
	return [...]string{"null", "number", "string", "boolean", "list of strings"}[k]
}

// Null is the value of a sensor that reports no valid value.
var Null = Value{}

// Number returns a numeric value, in the signal's unit.
func Number(f float64) Value { return Value{kind: KindNumber, num: f} }

// Text returns a string or enumeration value.
func Text(s string) Value { return Value{kind: KindText, text: s} }

// Bool returns a boolean value.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// Texts returns a list of strings, such as trouble codes.
func Texts(s ...string) Value {
	if s == nil {
		s = []string{} // encodes as [], not null
	}
	return Value{kind: KindTexts, texts: s}
}

// Kind returns the type of v.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is Null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Number returns the numeric value; ok is false if v is of another kind.
func (v Value) Number() (f float64, ok bool) { return v.num, v.kind == KindNumber }

// Text returns the string value; ok is false if v is of another kind.
func (v Value) Text() (s string, ok bool) { return v.text, v.kind == KindText }

// Bool returns the boolean value; ok is false if v is of another kind.
func (v Value) Bool() (b, ok bool) { return v.num != 0, v.kind == KindBool }

// Texts returns the list; ok is false if v is of another kind.
func (v Value) Texts() (s []string, ok bool) { return v.texts, v.kind == KindTexts }

// Any returns the value as encoding/json would decode it.
func (v Value) Any() any {
	switch v.kind {
	case KindNumber:
		return v.num
	case KindText:
		return v.text
	case KindBool:
		return v.num != 0
	case KindTexts:
		return v.texts
	default:
		return nil
	}
}

// MarshalJSON encodes the plain JSON value. A number that JSON cannot represent (NaN, infinity) is an error.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.kind == KindNumber && (math.IsNaN(v.num) || math.IsInf(v.num, 0)) {
		return nil, fmt.Errorf("signal value %v: JSON has no such number", v.num)
	}
	return json.Marshal(v.Any())
}

// UnmarshalJSON decodes a plain JSON value; an object or a mixed list is an error.
func (v *Value) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*v = Null
		return nil
	case string(b) == "true" || string(b) == "false":
		*v = Bool(b[0] == 't')
		return nil
	case b[0] == '"':
		*v = Value{kind: KindText}
		return json.Unmarshal(b, &v.text)
	case b[0] == '[':
		return v.unmarshalTexts(b)
	case b[0] == '{':
		return fmt.Errorf("signal value %.40s: allowed are number, string, boolean, list of strings and null", b)
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("signal value %.40s: allowed is a number that 64 bits can hold", b)
	}
	*v = Number(f)
	return nil
}

// unmarshalTexts decodes a list. Its elements are pointers, because encoding/json decodes null into a string without an error.
func (v *Value) unmarshalTexts(b []byte) error {
	var elements []*string
	if err := json.Unmarshal(b, &elements); err != nil {
		return fmt.Errorf("signal value %.40s: a list may hold only strings", b)
	}
	texts := make([]string, len(elements))
	for i, e := range elements {
		if e == nil {
			return fmt.Errorf("signal value %.40s: a list may hold only strings", b)
		}
		texts[i] = *e
	}
	*v = Texts(texts...)
	return nil
}
