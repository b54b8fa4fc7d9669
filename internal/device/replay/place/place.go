// Package place reads the coordinates that loggers write: degrees, degrees with minutes and seconds, letters of the hemisphere, and
// both coordinates in one cell.
package place

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Coordinate is a latitude or a longitude.
type Coordinate struct {
	Degrees    float64
	Hemisphere byte // N, S, E or W; 0: not written
}

var (
	numbers   = regexp.MustCompile(`[+-]?\d+(?:[.,]\d+)?`)
	allowed   = regexp.MustCompile(`(?i)^[\s\d.,+°º˚'’′"”″:;dm-]*$`)
	wellKnown = regexp.MustCompile(`(?i)^\s*(?:SRID=\d+;\s*)?POINT\s*Z?\s*\(\s*(\S+)\s+(\S+?)(?:\s+\S+)?\s*\)\s*$`)
)

// minus replaces variants of the minus sign by a hyphen, and "deg" by the degree sign.
var minus = strings.NewReplacer("\u2212", "-", "\u2013", "-", "deg", "°")

// Parse parses one coordinate: 48.5, 48,5, 48.5 N, N48.5, 48 30.0, 48°30'0"N. It returns false unless it understands the whole text.
func Parse(text string) (Coordinate, bool) {
	text = minus.Replace(strings.TrimSpace(text))
	hemisphere, text := cutHemisphere(text)
	if text == "" || !allowed.MatchString(text) {
		return Coordinate{}, false
	}
	parts := numbers.FindAllString(text, -1)
	if len(parts) == 0 || len(parts) > 3 || numbers.FindString(text) != strings.TrimSpace(text)[:len(parts[0])] {
		return Coordinate{}, false
	}
	degrees, negative, ok := sexagesimal(parts)
	if !ok {
		return Coordinate{}, false
	}
	if negative {
		degrees = -degrees
	}
	return Coordinate{Degrees: degrees, Hemisphere: hemisphere}.Signed(hemisphere), true
}

// Signed applies a hemisphere. A coordinate of the south or west becomes negative, whatever its sign was.
func (c Coordinate) Signed(hemisphere byte) Coordinate {
	if hemisphere == 'S' || hemisphere == 'W' {
		c.Degrees = -math.Abs(c.Degrees)
	}
	return c
}

// cutHemisphere splits off the letter of the hemisphere before or after a coordinate. O does not count as one: it is east in German and
// west in Spanish.
func cutHemisphere(text string) (byte, string) {
	if text == "" {
		return 0, text
	}
	if h := Hemisphere(text[:1]); h != 0 {
		return h, strings.TrimSpace(text[1:])
	}
	if h := Hemisphere(text[len(text)-1:]); h != 0 {
		return h, strings.TrimSpace(text[:len(text)-1])
	}
	return 0, text
}

// Hemisphere returns the hemisphere (N, S, E or W) that a text means, or 0.
func Hemisphere(text string) byte {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "N", "NORTH":
		return 'N'
	case "S", "SOUTH":
		return 'S'
	case "E", "EAST":
		return 'E'
	case "W", "WEST":
		return 'W'
	}
	return 0
}

// sexagesimal adds up degrees, minutes and seconds. Only the last part may have decimals, and only the first a sign.
func sexagesimal(parts []string) (degrees float64, negative, ok bool) {
	scale := 1.0
	for i, part := range parts {
		f, err := strconv.ParseFloat(strings.Replace(part, ",", ".", 1), 64)
		whole := !strings.ContainsAny(part, ".,")
		if err != nil || i < len(parts)-1 && !whole || i > 0 && (part[0] == '-' || part[0] == '+' || f >= 60) {
			return 0, false, false
		}
		degrees += math.Abs(f) / scale
		scale *= 60
	}
	return degrees, parts[0][0] == '-', true
}

// ParsePair parses latitude and longitude in one cell, in that order, or a POINT of well-known text, which has the longitude first.
func ParsePair(text string) (latitude, longitude Coordinate, ok bool) {
	if m := wellKnown.FindStringSubmatch(text); m != nil {
		return pair(m[2], m[1])
	}
	text = strings.Trim(strings.TrimSpace(text), `()[]"`)
	for _, separator := range []string{";", ", ", "|", "/", ",", " "} {
		a, b, found := strings.Cut(text, separator)
		if found {
			if latitude, longitude, ok = pair(a, b); ok {
				return latitude, longitude, true
			}
		}
	}
	return Coordinate{}, Coordinate{}, false
}

// pair parses two coordinates. Their letters, if any, must be of latitude and longitude in this order. Without letters, both need decimals,
// so that degrees and minutes are not taken for a pair.
func pair(a, b string) (latitude, longitude Coordinate, ok bool) {
	latitude, ok1 := Parse(a)
	longitude, ok2 := Parse(b)
	if !ok1 || !ok2 {
		return latitude, longitude, false
	}
	switch {
	case latitude.Hemisphere != 0 && longitude.Hemisphere != 0:
		ok = strings.IndexByte("NS", latitude.Hemisphere) >= 0 && strings.IndexByte("EW", longitude.Hemisphere) >= 0
	case latitude.Hemisphere == 0 && longitude.Hemisphere == 0:
		ok = strings.Contains(a, ".") && strings.Contains(b, ".")
	}
	return latitude, longitude, ok && math.Abs(latitude.Degrees) <= 90 && math.Abs(longitude.Degrees) <= 180
}

// Sentence converts the ddmm.mmmm of NMEA 0183 (100 × degrees + minutes) to degrees. It returns false for 60 minutes or more.
func Sentence(f float64) (degrees float64, ok bool) {
	whole := math.Trunc(math.Abs(f) / 100)
	minutes := math.Abs(f) - whole*100
	if minutes >= 60 {
		return 0, false
	}
	return math.Copysign(whole+minutes/60, f), true
}
