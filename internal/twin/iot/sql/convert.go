package sql

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// The standard conversions in the reference's chapter "Data types". ok is false if the result is Undefined or Null.

// isNumeral reports whether s matches ^-?\d+(\.\d+)?((?i)E-?\d+)?$. The reference converts such strings to numbers.
func isNumeral(s string) bool {
	c := checker{s: s}
	if strings.HasPrefix(s, "-") {
		c.i++
	}
	if !c.digits() {
		return false
	}
	if c.i < len(s) && s[c.i] == '.' {
		c.i++
		if !c.digits() {
			return false
		}
	}
	if c.i < len(s) && (s[c.i] == 'e' || s[c.i] == 'E') {
		c.i++
		if c.i < len(s) && s[c.i] == '-' {
			c.i++
		}
		if !c.digits() {
			return false
		}
	}
	return c.i == len(s)
}

// decimal converts a number or a string.
func (v value) decimal() (decimal, bool) {
	switch v.kind {
	case integer:
		if !v.big {
			return decimal{big.NewInt(v.num), 0}, true
		}
		return parseDecimal(v.str)
	case decimals:
		return parseDecimal(v.str)
	case text:
		if isNumeral(v.str) {
			return parseDecimal(v.str)
		}
	}
	return decimal{}, false
}

// float converts to double precision.
func (v value) float() (float64, bool) {
	switch v.kind {
	case integer:
		if !v.big {
			return float64(v.num), true
		}
	case text:
		if !isNumeral(v.str) {
			return 0, false
		}
	case decimals:
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(v.str, 64)
	return f, err == nil
}

// bigInt converts to an Int with that rounding.
func (v value) bigInt(r rounding) (*big.Int, bool) {
	if v.kind == integer && !v.big {
		return big.NewInt(v.num), true
	}
	d, ok := v.decimal()
	if !ok {
		return nil, false
	}
	return d.toInteger(r), true
}

// clamped converts to an Int, rounded down and limited to the range of 64 bits.
func (v value) clamped() (int64, bool) {
	if v.kind == integer && !v.big {
		return v.num, true
	}
	n, ok := v.bigInt(floor)
	if !ok {
		return 0, false
	}
	switch {
	case n.IsInt64():
		return n.Int64(), true
	case n.Sign() < 0:
		return math.MinInt64, true
	}
	return math.MaxInt64, true
}

// boolean converts a Boolean, or "true" and "false" in any case.
func (v value) boolean() (is, ok bool) {
	switch v.kind {
	case boolean:
		return v.num == 1, true
	case text:
		if strings.EqualFold(v.str, "true") {
			return true, true
		}
		return false, strings.EqualFold(v.str, "false")
	}
	return false, false
}

// text converts to a String; ok is false for Null and Undefined.
func (v value) text() (string, bool) {
	switch v.kind {
	case text, decimals:
		return v.str, true
	case integer, boolean, array, object:
		b := v.appendJSON(nil)
		return string(b), len(b) <= maxResult
	}
	return "", false
}
