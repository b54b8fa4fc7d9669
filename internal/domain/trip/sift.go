package trip

import (
	"fmt"
	"math"
	"time"

	"connectedcar/internal/domain/telemetry"
)

// Fault is an implausible value, which is ignored.
type Fault struct {
	At     time.Time
	Path   string
	Reason string
}

// Limits of a car on the road. Tyres hold 1.2 g, and the fastest cars need 2 s to 100 km/h.
const (
	hardestMPS2     = 13.0 // most that a car can brake or accelerate
	spikeMPS2       = 5.0  // sum of both accelerations of a change of speed and back within two samples: no driver brakes and accelerates so
	leastSpikeMPS2  = 1.5  // each of the two accelerations
	spikeKPH        = 90.0 // above both neighbouring readings, however far away they are in time
	spikeWithin     = 20 * time.Second
	fastestMPS      = 120.0
	positionErrorM  = 150.0
	comesBackWithin = 0.3 // as a share of the larger of the two changes
)

// sift returns the implausible values of a car's samples, which must be in order of time: single readings of speed that
// return at once, accelerations beyond the grip of tyres, and positions that the car cannot have reached.
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
			before-- // the previous value is a fault and so no reference
		}
		switch { // at the ends, the reference is the two readings on one side
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

// isSpike reports whether b differs from a and c in the same direction, by more than a car can change its speed.
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

// jumps finds positions that are too far from the last good one. If the next two are near such a position, it is accepted: the car was
// moved, or the last one was wrong.
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

// confirmed reports whether a car can have reached the next two positions from position i.
func confirmed(places []placeAt, i int) bool {
	return i+2 < len(places) && reachable(places[i], places[i+1]) && reachable(places[i], places[i+2])
}

func reachable(a, b placeAt) bool {
	return metres(a.Place, b.Place) <= positionErrorM+fastestMPS*b.at.Sub(a.at).Seconds()
}

const earthRadiusM = 6_371_000.0

// metres returns the distance by an equirectangular projection, which is accurate enough between two samples.
func metres(a, b Place) float64 {
	const radian = math.Pi / 180
	east := math.Remainder(b.Longitude-a.Longitude, 360) * radian * math.Cos((a.Latitude+b.Latitude)/2*radian)
	return earthRadiusM * math.Hypot((b.Latitude-a.Latitude)*radian, east)
}

// plausible returns the samples without the implausible values. It copies the samples that it changes.
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
