package telemetry

import (
	"encoding/json"
	"fmt"
	"math"
)

// Value is a signal's value: a number, a text, a truth value, a list of texts, or Null. The zero Value is Null.
type Value struct {
	kind  kind
	num   float64
	text  string
	texts []string
}

type kind uint8

const (
	kindNull kind = iota
	kindNumber
	kindText
	kindBool
	kindTexts
)

// Null is the value of a sensor that says nothing valid.
var Null = Value{}

// Number is a numeric value in the signal's unit.
func Number(f float64) Value { return Value{kind: kindNumber, num: f} }

// Text is a string or enumeration value.
func Text(s string) Value { return Value{kind: kindText, text: s} }

// Bool is a truth value.
func Bool(b bool) Value {
	v := Value{kind: kindBool}
	if b {
		v.num = 1
	}
	return v
}

// Texts is a list of strings, such as trouble codes.
func Texts(s ...string) Value { return Value{kind: kindTexts, texts: s} }

// IsNull reports whether v is Null.
func (v Value) IsNull() bool { return v.kind == kindNull }

// Number is the numeric value; ok is false if v is of another kind.
func (v Value) Number() (f float64, ok bool) { return v.num, v.kind == kindNumber }

// Text is the string value; ok is false if v is of another kind.
func (v Value) Text() (s string, ok bool) { return v.text, v.kind == kindText }

// Bool is the truth value; ok is false if v is of another kind.
func (v Value) Bool() (b, ok bool) { return v.num != 0, v.kind == kindBool }

// Texts is the list; ok is false if v is of another kind.
func (v Value) Texts() (s []string, ok bool) { return v.texts, v.kind == kindTexts }

// Any is the value as encoding/json would decode it.
func (v Value) Any() any {
	switch v.kind {
	case kindNumber:
		return v.num
	case kindText:
		return v.text
	case kindBool:
		return v.num != 0
	case kindTexts:
		return v.texts
	default:
		return nil
	}
}

// MarshalJSON writes the plain JSON value. A number that JSON cannot hold (NaN, infinity) is an error.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.kind == kindNumber && (math.IsNaN(v.num) || math.IsInf(v.num, 0)) {
		return nil, fmt.Errorf("signal value %v: JSON has no such number", v.num)
	}
	return json.Marshal(v.Any())
}

// UnmarshalJSON reads a plain JSON value; an object or a mixed list is an error.
func (v *Value) UnmarshalJSON(b []byte) error {
	var raw any
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	switch x := raw.(type) {
	case nil:
		*v = Null
	case float64:
		*v = Number(x)
	case string:
		*v = Text(x)
	case bool:
		*v = Bool(x)
	case []any:
		texts := make([]string, 0, len(x))
		for _, e := range x {
			s, ok := e.(string)
			if !ok {
				return fmt.Errorf("signal value %s: a list may hold only strings", b)
			}
			texts = append(texts, s)
		}
		*v = Texts(texts...)
	default:
		return fmt.Errorf("signal value %.40s: allowed are number, string, boolean, list of strings and null", b)
	}
	return nil
}
