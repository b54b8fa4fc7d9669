package replay

import "strings"

// quantity is what a unit measures.
type quantity uint8

const (
	plain quantity = iota // counts and ratios without a unit
	speed
	temperature
	pressure
	percent
	rotation
	flow
	voltage
	length
	angular
	acceleration
	seconds
)

// unit converts to the unit of VSS: value*factor + offset.
type unit struct {
	quantity quantity
	factor   float64
	offset   float64
}

// units by how loggers write them, in lower case without spaces.
var units = map[string]unit{
	"km/h": {speed, 1, 0}, "kmh": {speed, 1, 0}, "kph": {speed, 1, 0}, "kmph": {speed, 1, 0}, "mph": {speed, 1.609344, 0},
	"mi/h": {speed, 1.609344, 0}, "miles/hour": {speed, 1.609344, 0}, "m/s": {speed, 3.6, 0}, "meters/second": {speed, 3.6, 0},
	"metres/second": {speed, 3.6, 0}, "kn": {speed, 1.852, 0}, "knots": {speed, 1.852, 0},
	"c": {temperature, 1, 0}, "°c": {temperature, 1, 0}, "ºc": {temperature, 1, 0}, "degc": {temperature, 1, 0}, "celsius": {temperature, 1, 0},
	"f": {temperature, 5.0 / 9, -160.0 / 9}, "°f": {temperature, 5.0 / 9, -160.0 / 9}, "ºf": {temperature, 5.0 / 9, -160.0 / 9},
	"degf": {temperature, 5.0 / 9, -160.0 / 9}, "fahrenheit": {temperature, 5.0 / 9, -160.0 / 9}, "k": {temperature, 1, -273.15},
	"kpa": {pressure, 1, 0}, "psi": {pressure, 6.894757, 0}, "bar": {pressure, 100, 0}, "mbar": {pressure, 0.1, 0},
	"hpa": {pressure, 0.1, 0}, "inhg": {pressure, 3.386389, 0}, "mmhg": {pressure, 0.1333224, 0}, "pa": {pressure, 0.001, 0},
	"%": {percent, 1, 0}, "percent": {percent, 1, 0}, "pct": {percent, 1, 0},
	"rpm": {rotation, 1, 0}, "1/min": {rotation, 1, 0}, "r/min": {rotation, 1, 0}, "rev/min": {rotation, 1, 0}, "u/min": {rotation, 1, 0},
	"g/s": {flow, 1, 0}, "g/sec": {flow, 1, 0}, "gps": {flow, 1, 0}, "grams/sec": {flow, 1, 0}, "kg/h": {flow, 1 / 3.6, 0}, "lb/min": {flow, 7.559873, 0},
	"v": {voltage, 1, 0}, "volt": {voltage, 1, 0}, "volts": {voltage, 1, 0}, "mv": {voltage, 0.001, 0},
	"m": {length, 1, 0}, "meters": {length, 1, 0}, "metres": {length, 1, 0}, "km": {length, 1000, 0}, "mi": {length, 1609.344, 0},
	"mile": {length, 1609.344, 0}, "miles": {length, 1609.344, 0}, "ft": {length, 0.3048, 0}, "feet": {length, 0.3048, 0},
	"deg": {angular, 1, 0}, "°": {angular, 1, 0}, "º": {angular, 1, 0}, "degrees": {angular, 1, 0},
	"m/s2": {acceleration, 1, 0}, "m/s²": {acceleration, 1, 0}, "m/s^2": {acceleration, 1, 0}, "g": {acceleration, 9.80665, 0},
	"s": {seconds, 1, 0}, "sec": {seconds, 1, 0}, "secs": {seconds, 1, 0}, "seconds": {seconds, 1, 0}, "ms": {seconds, 0.001, 0},
	"milliseconds": {seconds, 0.001, 0}, "min": {seconds, 60, 0},
}

func findUnit(text string) (unit, bool) {
	u, ok := units[strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))]
	return u, ok
}

func (u unit) convert(f float64) float64 { return f*u.factor + u.offset }
