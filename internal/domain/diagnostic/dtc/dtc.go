// Package dtc handles diagnostic trouble codes: their notation (SAE J2012), their status byte (ISO 14229-1), whether a code is standard
// or the manufacturer's, and the platform's own table of severities and descriptions.
package dtc

import (
	"fmt"
	"strconv"
	"strings"
)

// Code is a trouble code of SAE J2012 in the 16 bits that cars exchange: two bits for the system, two for the first digit, twelve
// for three hexadecimal digits. Every value of the 16 bits is a code.
type Code uint16

// systems has the letter of each system, indexed by the code's two highest bits.
const systems = "PCBU"

const hex = "0123456789ABCDEF"

// Length is the number of characters of a code.
const Length = 5

// Error is returned for a text that is not a trouble code.
type Error struct {
	Text   string // the invalid text, shortened
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("trouble code %q: %s; allowed are P, C, B or U, a digit 0 to 3 and three hexadecimal digits in upper case, such as P0301",
		e.Text, e.Reason)
}

// Parse reads a code such as P0301. Lower case is an error, not corrected: codes are part of keys. The error is an *Error.
func Parse(s string) (Code, error) {
	refuse := func(reason string, args ...any) (Code, error) {
		return 0, &Error{Text: clip(s), Reason: fmt.Sprintf(reason, args...)}
	}
	if len(s) != Length {
		return refuse("it has %d characters", len(s))
	}
	system := strings.IndexByte(systems, s[0])
	if system < 0 {
		return refuse("it begins with %q", s[0])
	}
	if s[1] < '0' || s[1] > '3' {
		return refuse("its second character is %q", s[1])
	}
	bits := uint16(system)<<14 | uint16(s[1]-'0')<<12 // at most 3
	for i, shift := range []int{8, 4, 0} {
		digit := strings.IndexByte(hex, s[2+i])
		if digit < 0 {
			return refuse("character %d is %q", 3+i, s[2+i])
		}
		bits |= uint16(digit) << shift // at most 15
	}
	return Code(bits), nil
}

// clip shortens a text so that a hostile one cannot flood the logs.
func clip(s string) string {
	if len(s) > 32 {
		return s[:32] + "..."
	}
	return s
}

// String returns the usual notation, such as P0301.
func (c Code) String() string {
	return string([]byte{systems[c>>14], '0' + byte(c>>12&3), hex[c>>8&15], hex[c>>4&15], hex[c&15]})
}

// System is the part of the car that a code belongs to.
type System byte

// The systems, by their letter.
const (
	Powertrain System = 'P'
	Chassis    System = 'C'
	Body       System = 'B'
	Network    System = 'U'
)

// String returns the system's name.
func (s System) String() string {
	switch s {
	case Powertrain:
		return "powertrain"
	case Chassis:
		return "chassis"
	case Body:
		return "body"
	case Network:
		return "network"
	}
	return strconv.QuoteRune(rune(s))
}

// System returns the part of the car that the code belongs to.
func (c Code) System() System { return System(systems[c>>14]) }

// Standard reports whether SAE and ISO define the code; otherwise the manufacturer does, and the same code has another meaning
// in another make. By SAE J2012 a first digit 0 is standard and 1 the manufacturer's; 2 is standard for the powertrain and the
// manufacturer's elsewhere; 3 is standard or reserved for the standard, except P30xx to P33xx, which are the manufacturer's.
func (c Code) Standard() bool {
	switch c >> 12 & 3 {
	case 0:
		return true
	case 1:
		return false
	case 2:
		return c.System() == Powertrain
	default:
		return c.System() != Powertrain || c>>8&15 >= 4
	}
}
