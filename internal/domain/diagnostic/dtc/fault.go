package dtc

import (
	"fmt"
	"strings"
)

// Fault is a code with its failure type byte, which names the way in which the part failed, if the control unit reports one: the 24 bits
// of ISO 14229-1's DTC. The failure types are defined in SAE J2012-DA.
type Fault struct {
	Code Code
	// Type is the failure type byte; it is valid only with HasType. 00 is a type too: "no subtype information".
	Type    byte
	HasType bool
}

// ParseFault reads a code with or without its failure type: P0301, P0301-1C or P03011C.
func ParseFault(s string) (Fault, error) {
	if len(s) <= Length {
		c, err := Parse(s)
		return Fault{Code: c}, err
	}
	c, err := Parse(s[:Length])
	if err != nil {
		return Fault{}, err
	}
	b, err := ParseType(strings.TrimPrefix(s[Length:], "-"))
	if err != nil {
		return Fault{}, fmt.Errorf("trouble code %q: %w", clip(s), err)
	}
	return Fault{Code: c, Type: b, HasType: true}, nil
}

// ParseType reads a failure type byte: two hexadecimal digits in upper case.
func ParseType(s string) (byte, error) {
	if len(s) == 2 {
		high, low := strings.IndexByte(hex, s[0]), strings.IndexByte(hex, s[1])
		if high >= 0 && low >= 0 {
			return byte(high<<4 | low), nil // at most 255
		}
	}
	return 0, fmt.Errorf("failure type %q; allowed are two hexadecimal digits in upper case, such as 1C", clip(s))
}

// String returns the usual notation: P0301, or P0301-1C with a failure type.
func (f Fault) String() string {
	if !f.HasType {
		return f.Code.String()
	}
	return f.Code.String() + "-" + string([]byte{hex[f.Type>>4], hex[f.Type&15]})
}

// FailureType returns the failure type as two hexadecimal digits; empty if there is none.
func (f Fault) FailureType() string {
	if !f.HasType {
		return ""
	}
	return string([]byte{hex[f.Type>>4], hex[f.Type&15]})
}
