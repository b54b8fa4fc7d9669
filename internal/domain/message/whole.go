package message

import (
	"fmt"
	"strconv"
	"strings"
)

// Whole is an integer of 64 bits in JSON, in any notation: JSON has no integer type, so 1.0 and 1e3 are accepted for 1
// and 1000.
type Whole int64

// UnmarshalJSON accepts a number whose value is an integer.
func (w *Whole) UnmarshalJSON(b []byte) error {
	n, err := ParseWhole(string(b))
	if err != nil {
		return fmt.Errorf("number %.40s: allowed is an integer", b)
	}
	*w = Whole(n)
	return nil
}

// ParseWhole parses a JSON number whose value is an integer of 64 bits, in any notation.
func ParseWhole(s string) (int64, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if hasExponent {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil && strings.Trim(mantissa, "-0.") != "" {
			return 0, err
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimPrefix(whole, "-") + fraction
	shift -= len(fraction)
	significant := strings.TrimRight(digits, "0")
	shift += len(digits) - len(significant)
	significant = strings.TrimLeft(significant, "0")
	switch {
	case significant == "" && strings.Trim(mantissa, "-0.") == "" && mantissa != "":
		return 0, nil
	case shift < 0 || shift > 18 || len(significant) > 19:
		return 0, strconv.ErrRange
	case strings.HasPrefix(whole, "-"):
		significant = "-" + significant
	}
	return strconv.ParseInt(significant+strings.Repeat("0", shift), 10, 64)
}
