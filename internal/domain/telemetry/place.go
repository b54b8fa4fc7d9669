package telemetry

import "math"

// nullIslandDegrees is about a kilometre. Receivers without a fix write 0, 0, which is open sea 600 km off the coast of Ghana.
const nullIslandDegrees = 0.01

// NowhereAt reports whether coordinates are those of a receiver without a fix.
func NowhereAt(latitude, longitude float64) bool {
	return math.Abs(latitude) < nullIslandDegrees && math.Abs(longitude) < nullIslandDegrees
}
