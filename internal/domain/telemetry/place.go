package telemetry

import "math"

// nullIslandDegrees is about a kilometre. Receivers without a fix write 0, 0, which is open sea 600 km off the coast of Ghana.
const nullIslandDegrees = 0.01

// NowhereAt reports whether coordinates are those of a receiver without a fix.
func NowhereAt(latitude, longitude float64) bool {
	return math.Abs(latitude) < nullIslandDegrees && math.Abs(longitude) < nullIslandDegrees
}

// Place is the position of a sample. It needs both coordinates: 0, 0 and half a position are none.
func (s Signals) Place() (latitude, longitude float64, ok bool) {
	latitude, ok1 := s[Latitude].Number()
	longitude, ok2 := s[Longitude].Number()
	return latitude, longitude, ok1 && ok2 && !NowhereAt(latitude, longitude)
}

// IsPlace reports whether a path is one of the two coordinates that make a Place.
func IsPlace(path string) bool { return path == Latitude || path == Longitude }

// nullNowhere makes coordinates Null that are no Place, and adds the paths of those values.
func (s Signals) nullNowhere(paths []string) []string {
	if _, _, ok := s.Place(); ok {
		return paths
	}
	for _, path := range []string{Latitude, Longitude} {
		if v, there := s[path]; there && !v.IsNull() {
			s[path] = Null
			paths = append(paths, path)
		}
	}
	return paths
}
