package replay

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"connectedcar/internal/telemetry"
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

const metresADegree = 111_195.0

// step is the movement from the row before, by speed; zero metres: unknown, or too slow to compare.
type step struct{ metres float64 }

const (
	slowestMPS   = 3.0
	longestStepS = 15.0
)

// movement is how far the cars went between rows by their speed, where they drove steadily.
func (l *layout) movement() []step {
	out := make([]step, len(l.rows))
	speeds, ok := l.first(telemetry.Speed)
	if !ok {
		return out
	}
	times := l.readTimes()
	var before struct {
		vehicle string
		mps     float64
		at      stamp
	}
	before.mps = math.NaN()
	for i, r := range l.rows {
		vehicle, _ := l.vehicleOf(r)
		mps, at := math.NaN(), times.of(r)
		if f, err := speeds.number(r.fields[speeds.index]); err == nil {
			mps = f / 3.6
		}
		mean, seconds := (mps+before.mps)/2, at.since(before.at).Seconds()
		if vehicle == before.vehicle && mean >= slowestMPS && seconds > 0 && seconds <= longestStepS {
			out[i].metres = mean * seconds
		}
		before.vehicle, before.mps, before.at = vehicle, mps, at
	}
	return out
}

// candidate is one place for the decimal points.
type candidate struct {
	latDigits, lonDigits int
	latitude, longitude  []float64
	ratio                float64 // of the way by position to the way by speed
	spread               float64 // how unevenly that ratio holds from step to step: 90th to 10th percentile
}

const (
	ratioAllowed = 1.15
	clearly      = 1.25
	leastSteps   = 20
)

func (c *candidate) farEnough() bool { return c.ratio < ratioAllowed && c.ratio > 1/ratioAllowed }

// compare sets ratio and spread; false if too few steps can be compared.
func (c *candidate) compare(m []step) bool {
	byPosition, bySpeed := 0.0, 0.0
	var ratios []float64
	for i := 1; i < len(m); i++ {
		if m[i].metres == 0 {
			continue
		}
		north := (c.latitude[i] - c.latitude[i-1]) * metresADegree
		east := (c.longitude[i] - c.longitude[i-1]) * metresADegree * math.Cos(c.latitude[i]*math.Pi/180)
		if d := math.Hypot(north, east); d > 0 { // both rows have a position, and it is not the old one again
			byPosition += d
			bySpeed += m[i].metres
			ratios = append(ratios, d/m[i].metres)
		}
	}
	if len(ratios) < leastSteps {
		return false
	}
	slices.Sort(ratios)
	c.ratio = byPosition / bySpeed
	c.spread = ratios[len(ratios)*9/10] / ratios[len(ratios)/10]
	return true
}

// add puts the position of row i among the signals.
func (p *positions) add(signals telemetry.Signals, i int) {
	if p.latitude == nil || math.IsNaN(p.latitude[i]) || math.IsNaN(p.longitude[i]) {
		return
	}
	signals[telemetry.Latitude] = telemetry.Number(p.latitude[i])
	signals[telemetry.Longitude] = telemetry.Number(p.longitude[i])
}
