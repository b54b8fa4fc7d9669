package replay

import (
	"math"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/place"
	"connectedcar/internal/domain/telemetry"
)

// positions holds the coordinates of all rows. They are read together for two reasons: the hemispheres may be in columns of their own, and
// a spreadsheet that takes the decimal point for a thousands separator writes -5.83206639 as -583.206.639, which only the whole column
// reveals.
type positions struct {
	latitude, longitude []float64 // by row; NaN: none
}

// readPositions reads the columns of positions: two coordinates, or both in one cell.
func (l *layout) readPositions() *positions {
	p := &positions{}
	lats, lons := l.all(telemetry.Latitude), l.all(telemetry.Longitude)
	switch {
	case len(lats) == 0 && len(lons) == 0:
		for _, f := range l.all(column.Position) {
			l.readPairs(p, f)
		}
		return p
	case len(lats) == 0 || len(lons) == 0:
		l.note("column %q left out: a position needs latitude and longitude", append(lats, lons...)[0].header)
		return p
	}
	if isBroken(l.values(lats[0].index)) || isBroken(l.values(lons[0].index)) {
		l.repair(p, lats[0], lons[0])
		l.dropNowhere(p, lats[0])
		return p
	}
	north, east := l.hemispheres("NS"), l.hemispheres("EW")
	for i := range min(len(lats), len(lons)) {
		p.take(l.coordinates(lats[i], north), l.coordinates(lons[i], east))
	}
	l.dropNowhere(p, lats[0])
	return p
}

func (l *layout) all(path string) []field {
	var out []field
	for _, f := range l.columns {
		if f.Path == path {
			out = append(out, f)
		}
	}
	return out
}

func (l *layout) first(path string) (field, bool) {
	if all := l.all(path); len(all) > 0 {
		return all[0], true
	}
	return field{}, false
}

// take fills the rows that have no position yet.
func (p *positions) take(latitude, longitude []float64) {
	if p.latitude == nil {
		p.latitude, p.longitude = latitude, longitude
		return
	}
	for i := range p.latitude {
		if math.IsNaN(p.latitude[i]) && math.IsNaN(p.longitude[i]) {
			p.latitude[i], p.longitude[i] = latitude[i], longitude[i]
		}
	}
}

// dropNowhere removes positions with only one coordinate, and 0, 0, which receivers without a fix write.
func (l *layout) dropNowhere(p *positions, lat field) {
	for i, r := range l.Rows {
		if p.latitude == nil {
			return
		}
		switch noLat, noLon := math.IsNaN(p.latitude[i]), math.IsNaN(p.longitude[i]); {
		case noLat != noLon:
			p.clear(i)
			l.report.drop(lat.header, "latitude without longitude, or the reverse", r.Line)
		case !noLat && telemetry.NowhereAt(p.latitude[i], p.longitude[i]):
			p.clear(i)
			l.report.drop(lat.header, "0, 0 is no position", r.Line)
		}
	}
}

func (p *positions) clear(i int) { p.latitude[i], p.longitude[i] = math.NaN(), math.NaN() }

// readPairs reads a column with both coordinates in one cell.
func (l *layout) readPairs(p *positions, f field) {
	latitude, longitude := nowhere(len(l.Rows)), nowhere(len(l.Rows))
	for i, r := range l.Rows {
		text := r.Fields[f.index]
		if isAbsent(text) {
			continue
		}
		lat, lon, ok := place.ParsePair(text)
		if !ok {
			l.report.drop(f.header, "not a position", r.Line)
			continue
		}
		latitude[i], longitude[i] = lat.Degrees, lon.Degrees
	}
	p.take(latitude, longitude)
	l.dropNowhere(p, f)
}

func nowhere(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// hemispheres returns, by row, the letters of a column that holds only those two letters; nil if there is no such column.
func (l *layout) hemispheres(letters string) []byte {
	for i := range l.Columns {
		out := make([]byte, len(l.Rows))
		found, other := 0, 0
		for k, r := range l.Rows {
			text := r.Fields[i]
			if isAbsent(text) {
				continue
			}
			if h := place.Hemisphere(text); h == letters[0] || h == letters[1] {
				out[k] = h
				found++
			} else {
				other++
			}
		}
		if found > 0 && other*10 <= found {
			return out
		}
	}
	return nil
}

// coordinates reads a column. If there is a column of hemispheres, a row without a letter has no position. Numbers too large for degrees
// are in the format of NMEA 0183.
func (l *layout) coordinates(f field, hemispheres []byte) []float64 {
	out := nowhere(len(l.Rows))
	sentence := hemispheres != nil && l.isSentence(f)
	for i, r := range l.Rows {
		text := r.Fields[f.index]
		if isAbsent(text) {
			continue
		}
		c, ok := place.Parse(text)
		if ok && hemispheres != nil {
			if c = c.Signed(hemispheres[i]); hemispheres[i] == 0 && c.Hemisphere == 0 {
				l.report.drop(f.header, "no hemisphere", r.Line)
				continue
			}
		}
		if ok && sentence {
			c.Degrees, ok = place.Sentence(c.Degrees)
		}
		switch {
		case !ok || c.Hemisphere != 0 && !onAxis(f, c.Hemisphere):
			l.report.drop(f.header, "not a coordinate", r.Line)
		case c.Degrees < f.Low || c.Degrees > f.High:
			l.report.drop(f.header, errOutOfRange.Error(), r.Line)
		default:
			out[i] = c.Degrees
		}
	}
	return out
}

func onAxis(f field, hemisphere byte) bool {
	north := hemisphere == 'N' || hemisphere == 'S'
	return north == (f.Path == telemetry.Latitude)
}

// isSentence reports whether a column has numbers too large for degrees.
func (l *layout) isSentence(f field) bool {
	for _, r := range l.Rows {
		if c, ok := place.Parse(r.Fields[f.index]); ok && math.Abs(c.Degrees) > f.High {
			return true
		}
	}
	return false
}

// add adds the position of row i to the signals.
func (p *positions) add(signals telemetry.Signals, i int) {
	if p.latitude == nil || math.IsNaN(p.latitude[i]) || math.IsNaN(p.longitude[i]) {
		return
	}
	signals[telemetry.Latitude] = telemetry.Number(p.latitude[i])
	signals[telemetry.Longitude] = telemetry.Number(p.longitude[i])
}

// metres is the distance between two rows with positions.
func (p *positions) metres(i, k int) float64 {
	north := (p.latitude[k] - p.latitude[i]) * metresADegree
	east := (p.longitude[k] - p.longitude[i]) * metresADegree * math.Cos(p.latitude[k]*math.Pi/180)
	return math.Hypot(north, east)
}
