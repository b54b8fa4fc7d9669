// Package vin is the vehicle identification number of ISO 3779: how it is written, checked and turned into the name under
// which AWS IoT knows the car.
package vin

import (
	"fmt"
	"strings"
)

// VIN is a valid vehicle identification number: 17 characters of A-Z and 0-9 without I, O and Q (ISO 3779).
type VIN string

// Length is the number of characters in a VIN.
const Length = 17

// Error says why a text is not a VIN.
type Error struct {
	Text   string
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("VIN %q: %s; allowed are 17 characters of A-Z and 0-9 without I, O and Q", e.Text, e.Reason)
}

// Parse reads a VIN. Lower case is an error, not mended: names in topics and certificates are compared exactly.
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

// clip keeps a hostile text from flooding logs.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}

// ThingName is the car's name in AWS IoT: thing name, MQTT client id and the certificate's common name. This is the one place
// that derives it, for an operator who wants an opaque name instead of the VIN; FromThingName is its inverse.
func (v VIN) ThingName() string { return string(v) }

// FromThingName is the VIN of the car with that thing name.
func FromThingName(name string) (VIN, error) { return Parse(name) }

// value is the character's number in the check digit's sum (49 CFR 565.15), or -1 for one that no VIN has.
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

// weights are those of 49 CFR 565.15, table V; the check digit itself weighs nothing.
var weights = [Length]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

const checkPosition = 8

// CheckDigit is the character that North America requires in position 9: the weighted sum modulo 11, X for 10.
func (v VIN) CheckDigit() byte {
	sum := 0
	for i := range Length {
		sum += weights[i] * value(v[i])
	}
	return "0123456789X"[sum%11]
}

// CheckDigitValid reports whether position 9 holds the check digit. Outside North America it need not.
func (v VIN) CheckDigitValid() bool { return v[checkPosition] == v.CheckDigit() }

// WithCheckDigit is the VIN with its position 9 made valid.
func (v VIN) WithCheckDigit() VIN {
	return v[:checkPosition] + VIN(rune(v.CheckDigit())) + v[checkPosition+1:]
}

// Manufacturer is the world manufacturer identifier: the first three characters (ISO 3780).
func (v VIN) Manufacturer() string { return string(v[:3]) }

// Redacted keeps the manufacturer and the last four characters, for logs that many people read.
func (v VIN) Redacted() string { return v.Manufacturer() + strings.Repeat("*", 10) + string(v[13:]) }
