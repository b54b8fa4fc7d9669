// Package unit converts the units that loggers write, in any script, to the units of VSS. The spellings are data: units.csv.
package unit

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Quantity is a physical quantity, such as speed.
type Quantity string

// The quantities. Plain is for counts and ratios, which have no unit.
const (
	Plain        Quantity = ""
	Speed        Quantity = "speed"
	Temperature  Quantity = "temperature"
	Pressure     Quantity = "pressure"
	Percent      Quantity = "percent"
	Rotation     Quantity = "rotation"
	Flow         Quantity = "flow"
	Voltage      Quantity = "voltage"
	Length       Quantity = "length"
	Angle        Quantity = "angular"
	Acceleration Quantity = "acceleration"
	Time         Quantity = "time"
)

// Unit converts a value to the unit of VSS: value*Factor + Offset. The zero Unit means no unit.
type Unit struct {
	Quantity Quantity
	Name     string // usual spelling
	Factor   float64
	Offset   float64
}

// Convert converts a value from this unit to the unit of VSS.
func (u Unit) Convert(f float64) float64 { return f*u.Factor + u.Offset }

// IsZero reports whether u means no unit.
func (u Unit) IsZero() bool { return u.Factor == 0 }

//go:embed units.csv
var data string

// bySpelling maps a spelling to its units. Some have several: "g" (acceleration or mass) and "с" (second or Celsius).
var bySpelling = func() map[string][]Unit {
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		panic("units.csv: " + err.Error())
	}
	m := map[string][]Unit{}
	for _, row := range rows[1:] {
		u := Unit{Quantity: Quantity(row[0]), Factor: mustFloat(row[1]), Offset: mustFloat(row[2])}
		for i, spelling := range strings.Split(row[3], "|") {
			if i == 0 {
				u.Name = spelling
			}
			m[fold(spelling)] = append(m[fold(spelling)], u)
		}
	}
	return m
}()

func mustFloat(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("units.csv: " + err.Error())
	}
	return f
}

// Parse finds the unit of that quantity. If the text is only a unit of another quantity, ok is false and other is that unit.
func Parse(text string, q Quantity) (u, other Unit, ok bool) {
	for _, candidate := range bySpelling[fold(text)] {
		if candidate.Quantity == q {
			return candidate, Unit{}, true
		}
		other = candidate
	}
	return Unit{}, other, false
}

// Known reports whether the text is a unit of any quantity.
func Known(text string) bool { return len(bySpelling[fold(text)]) > 0 }

// Default returns the unit with that usual spelling; the zero Unit if the name is empty or the quantity is Plain. It panics if units.csv
// lacks the spelling, which is a programming error.
func Default(name string, q Quantity) Unit {
	if name == "" || q == Plain {
		return Unit{}
	}
	u, _, ok := Parse(name, q)
	if !ok {
		panic("no unit " + name + " of " + string(q))
	}
	return u
}

// nothing holds the ways to write that a column has no unit.
var nothing = map[string]bool{"": true, "-": true, "--": true, "n/a": true, "na": true, "none": true, "unitless": true, "nounit": true, "null": true, "#": true}

// None reports whether the text stands for no unit.
func None(text string) bool { return nothing[fold(text)] }

var degrees = strings.NewReplacer("º", "°", "˚", "°", "\u2212", "-", "\u00ad", "")

// fold maps spellings that differ in case, blanks, points or forms of letters to one: ℉ and "° F", ㎞/h and "km / h". See Unicode Standard
// Annex 15, form NFKC.
func fold(text string) string {
	text = degrees.Replace(norm.NFKC.String(degrees.Replace(text)))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '_' || r == 'ʻ' {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// Spellings returns the spellings of a quantity's units in units.csv, with their units.
func Spellings(q Quantity) map[string]Unit {
	m := map[string]Unit{}
	for spelling, units := range bySpelling {
		for _, u := range units {
			if u.Quantity == q {
				m[spelling] = u
			}
		}
	}
	return m
}
