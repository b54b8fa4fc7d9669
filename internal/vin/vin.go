// Package vin is the vehicle identification number (VIN) of ISO 3779: its format, its check digit, and the car's thing name in AWS IoT.
package vin

import (
	"fmt"
	"strings"
)

// VIN is a valid vehicle identification number: 17 characters of A-Z and 0-9 without I, O and Q (ISO 3779).
type VIN string

// Length is the number of characters in a VIN.
const Length = 17

// Error describes a text that is not a VIN.
type Error struct {
	Text   string
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("VIN %q: %s; allowed are 17 characters of A-Z and 0-9 without I, O and Q", e.Text, e.Reason)
}

// Parse validates a VIN. Lower case is an error, because names in topics and certificates are compared exactly.
func Parse(s string) (VIN, error) {
	if len(s) != Length {
		return "", &Error{Text: clip(s), Reason: fmt.Sprintf("it has %d characters", len(s))}
	}
	for i := range len(s) {
		if value(s[i]) < 0 {
			return "", &Error{Text: clip(s), Reason: fmt.Sprintf("character %d is %q", i+1, s[i])}
		}
	}
	return VIN(s), nil
}

// clip shortens a text of more than 64 bytes, so that hostile input cannot flood logs.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}

// ThingName returns the car's name in AWS IoT: its thing name, its MQTT client id and the common name of its certificate. An operator who
// prefers an opaque name to the VIN changes only this function and its inverse, FromThingName.
func (v VIN) ThingName() string { return string(v) }

// FromThingName returns the VIN of the car with that thing name.
func FromThingName(name string) (VIN, error) { return Parse(name) }

// value returns the character's value in the sum for the check digit (49 CFR 565.15), or -1 for a character that no VIN has.
// https://www.ecfr.gov/current/title-49/section-565.15
func value(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'H':
		return int(c-'A') + 1
	case 'J' <= c && c <= 'N':
		return int(c-'J') + 1
	case c == 'P':
		return 7
	case c == 'R':
		return 9
	case 'S' <= c && c <= 'Z':
		return int(c-'S') + 2
	}
	return -1
}

// weights are the weights by position in 49 CFR 565.15, table V; the check digit itself has the weight 0.
var weights = [Length]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

const checkPosition = 8

// CheckDigit computes the character that North America requires in position 9: the weighted sum modulo 11, X for 10.
func (v VIN) CheckDigit() byte {
	sum := 0
	for i := range Length {
		sum += weights[i] * value(v[i])
	}
	return "0123456789X"[sum%11]
}

// CheckDigitValid reports whether position 9 holds the check digit. VINs from outside North America need none.
func (v VIN) CheckDigitValid() bool { return v[checkPosition] == v.CheckDigit() }

// WithCheckDigit returns the VIN with the check digit in position 9.
func (v VIN) WithCheckDigit() VIN {
	return v[:checkPosition] + VIN(rune(v.CheckDigit())) + v[checkPosition+1:]
}

// Manufacturer returns the world manufacturer identifier: the first three characters (ISO 3780).
func (v VIN) Manufacturer() string { return string(v[:3]) }

// Redacted replaces all but the manufacturer and the last four characters by asterisks, for logs.
func (v VIN) Redacted() string { return v.Manufacturer() + strings.Repeat("*", 10) + string(v[13:]) }
