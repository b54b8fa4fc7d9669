package telemetry

// located are the catalogue's signals of where a car is.
var located = map[string]bool{Latitude: true, Longitude: true, Altitude: true, Heading: true, HorizontalAccuracy: true}

// IsPosition reports whether a signal of the catalogue tells where the car is.
func IsPosition(path string) bool { return located[path] }

// IsTechnical reports whether a signal is for those who do not drive the car: one of the catalogue that tells no position. It is a list of
// what is allowed: any path that the platform does not know, such as a navigation destination or a heart rate, is the driver's own.
func IsTechnical(path string) bool {
	_, known := Lookup(path)
	return known && !located[path]
}

// Technical is the signals without those that are the driver's own.
func (s Signals) Technical() Signals {
	out := Signals{}
	for path, v := range s {
		if IsTechnical(path) {
			out[path] = v
		}
	}
	return out
}
