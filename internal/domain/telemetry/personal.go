package telemetry

// located are the catalogue's signals about a car's position.
var located = map[string]bool{Latitude: true, Longitude: true, Altitude: true, Heading: true, HorizontalAccuracy: true}

// IsPosition reports whether a signal of the catalogue is about the car's position.
func IsPosition(path string) bool { return located[path] }

// IsTechnical reports whether others than the driver may see a signal: those of the catalogue, except for the position. It is a list of
// what is allowed: any path that the platform does not know, such as a navigation destination or a heart rate, is personal.
func IsTechnical(path string) bool {
	_, known := Lookup(path)
	return known && !located[path]
}

// Technical returns the signals that others than the driver may see.
func (s Signals) Technical() Signals {
	out := Signals{}
	for path, v := range s {
		if IsTechnical(path) {
			out[path] = v
		}
	}
	return out
}
