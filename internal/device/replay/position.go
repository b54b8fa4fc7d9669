package replay

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"connectedcar/internal/domain/telemetry"
)

// positions are the coordinates of all rows, read together: a spreadsheet that took the decimal point for a thousands mark
// writes -5.83206639 as -583.206.639, and only the whole column shows where the point was.
type positions struct {
	latitude, longitude []float64 // by row; NaN: none
	notes               []string
}

// broken is a number with two or more thousands marks, as no coordinate has.
var broken = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{3}){2,}$`)

// readPositions reads and, if need be, repairs the columns of latitude and longitude.
func (l *layout) readPositions() *positions {
	lat, latOK := l.first(telemetry.Latitude)
	lon, lonOK := l.first(telemetry.Longitude)
	p := &positions{}
	if !latOK || !lonOK {
		for _, c := range []struct {
			column
			ok bool
		}{{lat, latOK}, {lon, lonOK}} {
			if c.ok {
				p.notes = append(p.notes, fmt.Sprintf("column %q left out: a position needs latitude and longitude", c.header))
			}
		}
		return p
	}
	if isBroken(l.values(lat.index)) || isBroken(l.values(lon.index)) {
		l.repair(p, lat, lon)
		return p
	}
	p.latitude, p.longitude = l.coordinates(lat), l.coordinates(lon)
	for i, r := range l.rows {
		switch noLat, noLon := math.IsNaN(p.latitude[i]), math.IsNaN(p.longitude[i]); {
		case noLat != noLon:
			p.latitude[i], p.longitude[i] = math.NaN(), math.NaN()
			l.report.drop(lat.header, "latitude without longitude, or the reverse", r.line)
		case p.latitude[i] == 0 && p.longitude[i] == 0:
			p.latitude[i], p.longitude[i] = math.NaN(), math.NaN()
			l.report.drop(lat.header, "0, 0 is no position", r.line)
		}
	}
	return p
}

func (l *layout) first(path string) (column, bool) {
	for _, c := range l.columns {
		if c.path == path {
			return c, true
		}
	}
	return column{}, false
}

func isBroken(values []string) bool {
	for _, v := range values {
		if broken.MatchString(v) {
			return true
		}
	}
	return false
}

// coordinates reads an ordinary column.
func (l *layout) coordinates(c column) []float64 {
	out := make([]float64, len(l.rows))
	for i, r := range l.rows {
		text := r.fields[c.index]
		out[i] = math.NaN()
		if isAbsent(text) {
			continue
		}
		f, err := c.marks.parsePlain(text)
		switch {
		case err != nil:
			l.report.drop(c.header, err.Error(), r.line)
		case f < c.low || f > c.high:
			l.report.drop(c.header, "out of range", r.line)
		default:
			out[i] = f
		}
	}
	return out
}

// parsePlain reads a coordinate, in which a point never groups thousands.
func (m marks) parsePlain(text string) (float64, error) {
	m.groups = 0
	if strings.Count(text, ".") == 1 && !strings.Contains(text, ",") {
		m.decimalComma = false
	}
	f, suffix, err := m.parse(text)
	if _, known := findUnit(suffix); err != nil || suffix != "" && !known {
		return 0, fmt.Errorf("not a number")
	}
	return f, nil
}

// repair tries every place for the two decimal points and takes the one with which the cars move as their speed says, if no other
// does nearly as well; otherwise all positions are left out.
func (l *layout) repair(p *positions, lat, lon column) {
	best := choose(l.candidates(lat, lon))
	if best == nil {
		for _, r := range l.rows {
			if !isAbsent(r.fields[lat.index]) {
				l.report.drop(lat.header, "decimal point lost, and where it was is not clear", r.line)
			}
		}
		return
	}
	p.latitude, p.longitude = best.latitude, best.longitude
	for i := range p.latitude {
		if !math.IsNaN(p.latitude[i]) && !math.IsNaN(p.longitude[i]) {
			l.report.Repaired++
		}
	}
	p.notes = append(p.notes, fmt.Sprintf("positions had lost their decimal points; with %d digit(s) before that of latitude and %d before that of longitude the cars move as far as their speed says (ratio %.2f)",
		best.latDigits, best.lonDigits, best.ratio))
}

// candidates are the places for the decimal points that give positions on earth and can be compared with the cars' speed.
func (l *layout) candidates(lat, lon column) []candidate {
	m := l.movement()
	var all []candidate
	for latDigits := 1; latDigits <= 2; latDigits++ {
		for lonDigits := 1; lonDigits <= 3; lonDigits++ {
			c := candidate{latDigits: latDigits, lonDigits: lonDigits}
			var ok1, ok2 bool
			c.latitude, ok1 = l.place(lat, latDigits)
			c.longitude, ok2 = l.place(lon, lonDigits)
			if ok1 && ok2 && c.compare(m) {
				all = append(all, c)
			}
		}
	}
	return all
}

// choose is the candidate with which the cars move most evenly as their speed says: far enough in all, and clearly more evenly
// than with any other that goes far enough. nil: none is.
func choose(all []candidate) *candidate {
	var best *candidate
	for i := range all {
		if best == nil || all[i].spread < best.spread {
			best = &all[i]
		}
	}
	if best == nil || !best.farEnough() {
		return nil
	}
	for i := range all {
		if c := &all[i]; c != best && c.farEnough() && c.spread < best.spread*clearly {
			return nil
		}
	}
	return best
}

// place reads a column as digits with a decimal point after so many of them; false if a value is then out of range.
func (l *layout) place(c column, digits int) ([]float64, bool) {
	out := make([]float64, len(l.rows))
	for i, r := range l.rows {
		out[i] = math.NaN()
		text := strings.NewReplacer(".", "", ",", "").Replace(r.fields[c.index])
		sign := 1.0
		if strings.HasPrefix(text, "-") {
			sign, text = -1, text[1:]
		}
		if len(text) <= digits {
			continue
		}
		f, err := strconv.ParseFloat(text[:digits]+"."+text[digits:], 64)
		if err != nil {
			continue
		}
		if f *= sign; f < c.low || f > c.high {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}

// add puts the position of row i among the signals.
func (p *positions) add(signals telemetry.Signals, i int) {
	if p.latitude == nil || math.IsNaN(p.latitude[i]) || math.IsNaN(p.longitude[i]) {
		return
	}
	signals[telemetry.Latitude] = telemetry.Number(p.latitude[i])
	signals[telemetry.Longitude] = telemetry.Number(p.longitude[i])
}
