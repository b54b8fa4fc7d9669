package trip

import (
	"fmt"
	"math"
	"time"

	"connectedcar/internal/domain/telemetry"
)

// Fault is a value that no car can have at that time, so that it counts for nothing.
type Fault struct {
	At     time.Time
	Path   string
	Reason string
}

// Bounds of what a car on the road can do. Tyres hold 1.2 g, and the fastest cars there are need 2 s to 100 km/h.
const (
	hardestMPS2     = 13.0 // braking or accelerating
	spikeMPS2       = 5.0  // there and back within two samples, together: nobody brakes so and speeds up so a moment later
	leastSpikeMPS2  = 1.5  // of each
	spikeKPH        = 90.0 // above both neighbours, however far they are
	spikeWithin     = 20 * time.Second
	fastestMPS      = 120.0
	positionErrorM  = 150.0
	comesBackWithin = 0.3 // of the excursion
)

// sift walks through a car's samples, which must be in order of time, and finds values that cannot be: single readings of speed that
// come back at once, accelerations beyond what tyres hold, and positions to which no car can have gone and back.
func sift(rows []telemetry.Row) []Fault {
	faults := spikes(rows)
	faults = append(faults, jumps(rows)...)
	for _, r := range rows {
		for _, path := range []string{telemetry.AccelerationLongitudinal, telemetry.AccelerationLateral} {
			if a, ok := r.Signals[path].Number(); ok && math.Abs(a) > hardestMPS2 {
				faults = append(faults, Fault{r.At, path, fmt.Sprintf("%.1f m/s² is more than tyres hold", a)})
			}
		}
	}
	return faults
}

// speedAt is a reading of speed.
type speedAt struct {
	at  time.Time
	kph float64
}

func spikes(rows []telemetry.Row) []Fault {
	var speeds []speedAt
	for _, r := range rows {
		if kph, ok := r.Signals[telemetry.Speed].Number(); ok {
			speeds = append(speeds, speedAt{r.At, kph})
		}
	}
	var faults []Fault
	for i := range speeds {
		if len(speeds) < 3 {
			break
		}
		before, after := i-1, i+1
		if len(faults) > 0 && before >= 0 && faults[len(faults)-1].At.Equal(speeds[before].at) {
			before-- // the one before is no measure of this one
		}
		switch { // at the ends, the two on one side are the measure
		case before < 0:
			before, after = min(i+1, len(speeds)-1), min(i+2, len(speeds)-1)
		case after >= len(speeds):
			before, after = max(before-1, 0), before
		}
		if isSpike(speeds[before], speeds[i], speeds[after]) {
			faults = append(faults, Fault{speeds[i].at, telemetry.Speed, fmt.Sprintf(
				"%.0f km/h between %.0f and %.0f", speeds[i].kph, speeds[before].kph, speeds[after].kph)})
		}
	}
	return faults
}

// isSpike reports whether b leaves a and c in one direction and comes back, faster than a car can.
func isSpike(a, b, c speedAt) bool {
	there, back := b.kph-a.kph, b.kph-c.kph
	if there*back <= 0 || min(math.Abs(there), math.Abs(back)) < comesBackWithin*max(math.Abs(there), math.Abs(back)) {
		return false
	}
	t1, t2 := b.at.Sub(a.at).Abs(), c.at.Sub(b.at).Abs()
	if there > spikeKPH && back > spikeKPH && t1 <= spikeWithin && t2 <= spikeWithin {
		return true
	}
	away, home := math.Abs(there)/3.6/t1.Seconds(), math.Abs(back)/3.6/t2.Seconds()
	return min(away, home) > leastSpikeMPS2 && away+home > spikeMPS2
}

// placeAt is a position of a sample.
type placeAt struct {
	at time.Time
	Place
}

// jumps finds positions that are too far from the last good one. If the next ones are there as well, the car was moved, or the last one
// was wrong.
func jumps(rows []telemetry.Row) []Fault {
	var places []placeAt
	for _, r := range rows {
		if latitude, longitude, ok := r.Signals.Place(); ok {
			places = append(places, placeAt{r.At, Place{Latitude: latitude, Longitude: longitude}})
		}
	}
	var faults []Fault
	last := -1
	for i, p := range places {
		switch {
		case last >= 0 && !reachable(places[last], p) && !confirmed(places, i):
			faults = append(faults, Fault{p.at, telemetry.Latitude, fmt.Sprintf("%.0f m from the position %s before", metres(places[last].Place, p.Place), p.at.Sub(places[last].at))})
			continue
		case last < 0 && i+2 < len(places) && !reachable(p, places[1]) && !reachable(p, places[2]) && reachable(places[1], places[2]):
			faults = append(faults, Fault{p.at, telemetry.Latitude, "the positions after it are out of reach"})
			continue
		}
		last = i
	}
	return faults
}

// confirmed reports whether the two positions after i are within its reach.
func confirmed(places []placeAt, i int) bool {
	return i+2 < len(places) && reachable(places[i], places[i+1]) && reachable(places[i], places[i+2])
}

func reachable(a, b placeAt) bool {
	return metres(a.Place, b.Place) <= positionErrorM+fastestMPS*b.at.Sub(a.at).Seconds()
}

const earthRadiusM = 6_371_000.0

// metres is the distance on an equirectangular map, which is exact enough between two samples.
func metres(a, b Place) float64 {
	const radian = math.Pi / 180
	east := math.Remainder(b.Longitude-a.Longitude, 360) * radian * math.Cos((a.Latitude+b.Latitude)/2*radian)
	return earthRadiusM * math.Hypot((b.Latitude-a.Latitude)*radian, east)
}

// plausible are the samples without the values that cannot be. It copies what it changes.
func plausible(rows []telemetry.Row) []telemetry.Row {
	faults := sift(rows)
	if len(faults) == 0 {
		return rows
	}
	bad := map[time.Time][]string{}
	for _, f := range faults {
		bad[f.At] = append(bad[f.At], f.Path)
	}
	out := make([]telemetry.Row, len(rows))
	for i, r := range rows {
		out[i] = r
		paths := bad[r.At]
		if paths == nil {
			continue
		}
		out[i].Signals = make(telemetry.Signals, len(r.Signals))
		for path, v := range r.Signals {
			out[i].Signals[path] = v
		}
		for _, path := range paths {
			delete(out[i].Signals, path)
			if path == telemetry.Latitude {
				delete(out[i].Signals, telemetry.Longitude)
			}
		}
	}
	return out
}
