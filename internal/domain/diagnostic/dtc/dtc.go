// Package dtc is the diagnostic trouble code: how it is written (SAE J2012), what its status byte says (ISO 14229-1), whose it is,
// and how grave it is and what it means by the platform's own table.
package dtc

import (
	"fmt"
	"strconv"
	"strings"
)

// Code is a trouble code of SAE J2012 in the 16 bits that cars exchange: two bits for the system, two for the first digit, twelve
// for three hexadecimal digits. Every value of the 16 bits is a code.
type Code uint16

// systems are the letters by their two bits.
const systems = "PCBU"

const hex = "0123456789ABCDEF"

// Length is the number of characters of a code.
const Length = 5

// Error says why a text is no trouble code.
type Error struct {
	Text   string // shortened
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("trouble code %q: %s; allowed are P, C, B or U, a digit 0 to 3 and three hexadecimal digits in upper case, such as P0301",
		e.Text, e.Reason)
}

// Parse reads a code such as P0301. Lower case is an error, not mended: codes are part of keys.
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

// clip keeps a hostile text from flooding logs.
func clip(s string) string {
	if len(s) > 32 {
		return s[:32] + "..."
	}
	return s
}

// String is the code as people write it.
func (c Code) String() string {
	return string([]byte{systems[c>>14], '0' + byte(c>>12&3), hex[c>>8&15], hex[c>>4&15], hex[c&15]})
}

// System is the part of the car that a code is about.
type System byte

// The systems, by their letter.
const (
	Powertrain System = 'P'
	Chassis    System = 'C'
	Body       System = 'B'
	Network    System = 'U'
)

// String is the system's name.
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

// System is the part of the car that the code is about.
func (c Code) System() System { return System(systems[c>>14]) }

// Standard reports whether SAE and ISO give the code its meaning; otherwise the car's maker does, and the same code means another
// thing in another make. By SAE J2012 a first digit 0 is standard and 1 the maker's; 2 is standard for the powertrain and the
// maker's elsewhere; 3 is standard or reserved to the standard, but for P30xx to P33xx, which are the maker's.
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
