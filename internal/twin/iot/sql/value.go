package sql

import (
	"math"
	"strconv"
	"strings"
)

// kind is one of the data types of the reference.
type kind uint8

const (
	undefined kind = iota
	null
	boolean
	integer
	decimals
	text
	array
	object
	raw // a payload that is not JSON; only encode and decode accept it
)

// value is a value of any kind. Numbers, arrays and objects of the payload stay JSON text until a function needs their content. Passing
// them on then costs only a copy, and keeps their spelling.
type value struct {
	kind kind
	big  bool   // an integer outside int64: its digits are in str
	num  int64  // boolean: 0 or 1; integer: the value, unless big; decimals: fromPayload, or 0
	str  string // text: the characters; decimals: the number; raw: the bytes; array, object: JSON, unless built is set
	// built holds an array or object that the statement made; nil for one of the payload.
	built *built
}

// built is an array (list) or an object (keys, and list with their values, in the same order).
type built struct {
	keys []string
	list []value
}

var (
	valUndefined = value{}
	valNull      = value{kind: null}
	valTrue      = value{kind: boolean, num: 1}
	valFalse     = value{kind: boolean}
)

func ofBool(b bool) value {
	if b {
		return valTrue
	}
	return valFalse
}

func ofText(s string) value { return value{kind: text, str: s} }

func ofInt(n int64) value { return value{kind: integer, num: n} }

func ofList(list []value) value { return value{kind: array, built: &built{list: list}} }

// ofFloat makes a Decimal from a double, spelled like a double in Java. NaN and infinities are Undefined.
func ofFloat(f float64) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return valUndefined
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if f == math.Trunc(f) {
			s += ".0"
		}
		return value{kind: decimals, str: s}
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return value{kind: decimals, str: mantissa + "E" + strconv.Itoa(n)}
}

// ofJSON makes a value from valid JSON without whitespace around it.
func ofJSON(s string) value {
	switch s[0] {
	case '{':
		return value{kind: object, str: s}
	case '[':
		return value{kind: array, str: s}
	case '"':
		return ofText(unquote(s))
	case 't':
		return valTrue
	case 'f':
		return valFalse
	case 'n':
		return valNull
	}
	v := ofNumber(s)
	if v.kind == decimals {
		v.num = fromPayload
	}
	return v
}

// fromPayload marks a Decimal that comes unchanged from the payload.
const fromPayload = 1

// ofNumber makes a value from a JSON number: an Int if it has neither fraction nor exponent.
func ofNumber(s string) value {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '.' || c == 'e' || c == 'E' {
			return value{kind: decimals, str: s}
		}
	}
	if len(s) <= 18 {
		return ofInt(smallInt(s))
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ofInt(n)
	}
	return value{kind: integer, big: true, str: s}
}

// smallInt parses a number of at most 18 digits with an optional sign.
func smallInt(s string) int64 {
	n, neg := int64(0), false
	for i := 0; i < len(s); i++ {
		if s[i] == '-' {
			neg = true
			continue
		}
		n = n*10 + int64(s[i]-'0')
	}
	if neg {
		return -n
	}
	return n
}

// items returns the elements of an array.
func (v value) items() []value {
	if v.built != nil {
		return v.built.list
	}
	var list []value
	for it := iterate(v.str); it.next(); {
		list = append(list, ofJSON(it.val))
	}
	return list
}

// member returns the object's member with that name; Undefined if there is none. If a name is repeated, the last member counts.
func (v value) member(name string) value {
	if v.kind != object {
		return valUndefined
	}
	if v.built != nil {
		for i, k := range v.built.keys {
			if k == name {
				return v.built.list[i]
			}
		}
		return valUndefined
	}
	found := ""
	for it := iterate(v.str); it.next(); {
		if it.keyIs(name) {
			found = it.val
		}
	}
	if found == "" {
		return valUndefined
	}
	return ofJSON(found)
}

// set sets a member of a built object. It replaces a member with that name.
func (b *built) set(name string, v value) {
	for i, k := range b.keys {
		if k == name {
			b.list[i] = v
			return
		}
	}
	b.keys = append(b.keys, name)
	b.list = append(b.list, v)
}

// object returns a copy of the value's members as a built object; nil if the value is no object.
func (v value) object() *built {
	if v.kind != object {
		return nil
	}
	b := &built{}
	if v.built != nil {
		b.keys = append(b.keys, v.built.keys...)
		b.list = append(b.list, v.built.list...)
		return b
	}
	at := map[string]int{}
	for it := iterate(v.str); it.next(); {
		k := unquote(it.key)
		if i, dup := at[k]; dup {
			b.list[i] = ofJSON(it.val)
			continue
		}
		at[k] = len(b.keys)
		b.keys = append(b.keys, k)
		b.list = append(b.list, ofJSON(it.val))
	}
	return b
}
