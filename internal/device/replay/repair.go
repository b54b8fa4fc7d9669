package replay

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// broken matches a number with two or more thousands separators, which no coordinate has.
var broken = regexp.MustCompile(`^-?[0-9]{1,3}(\.[0-9]{3}){2,}$`)

func isBroken(values []string) bool {
	for _, v := range values {
		if broken.MatchString(v) {
			return true
		}
	}
	return false
}

// repair tries every place for the two decimal points. It takes the one with which the movement of the cars fits their speed, if no other
// place fits nearly as well. Otherwise it drops all positions.
func (l *layout) repair(p *positions, lat, lon field) {
	best := choose(l.candidates(lat, lon))
	if best == nil {
		for _, r := range l.Rows {
			if !isAbsent(r.Fields[lat.index]) {
				l.report.drop(lat.header, "decimal point lost, and where it was is not clear", r.Line)
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
	l.note("positions had lost their decimal points; with %d digit(s) before that of latitude and %d before that of longitude the cars move as far as their speed says (ratio %.2f)",
		best.latDigits, best.lonDigits, best.ratio)
}

// candidates returns the places for the decimal points that give valid coordinates and can be compared with the cars' speed.
func (l *layout) candidates(lat, lon field) []candidate {
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

// choose returns the candidate with the most even ratio of distance to speed, if the distance is large enough and all other such candidates
// are clearly less even; nil if there is none.
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

// place parses a column as digits with the decimal point after that many of them. It returns false if a value is out of range.
func (l *layout) place(c field, digits int) ([]float64, bool) {
	out := make([]float64, len(l.Rows))
	for i, r := range l.Rows {
		out[i] = math.NaN()
		text := strings.NewReplacer(".", "", ",", "").Replace(r.Fields[c.index])
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
		if f *= sign; f < c.Low || f > c.High {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}
