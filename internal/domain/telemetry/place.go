package telemetry

import "math"

// nullIslandDegrees is about a kilometre. Receivers without a fix report 0, 0, which is open sea 600 km off the coast of Ghana.
const nullIslandDegrees = 0.01

// NowhereAt reports whether coordinates are the 0, 0 of a receiver without a fix.
func NowhereAt(latitude, longitude float64) bool {
	return math.Abs(latitude) < nullIslandDegrees && math.Abs(longitude) < nullIslandDegrees
}

// Place returns the position of a sample; ok is false unless it has both coordinates and they are not 0, 0.
func (s Signals) Place() (latitude, longitude float64, ok bool) {
	latitude, ok1 := s[Latitude].Number()
	longitude, ok2 := s[Longitude].Number()
	return latitude, longitude, ok1 && ok2 && !NowhereAt(latitude, longitude)
}

// IsPlace reports whether a path is one of the two coordinates of a Place.
func IsPlace(path string) bool { return path == Latitude || path == Longitude }

// nullNowhere sets coordinates that are no Place to Null, and adds their paths.
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
