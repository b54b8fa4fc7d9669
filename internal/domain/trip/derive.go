package trip

import (
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Limits are the thresholds for deriving trips.
type Limits struct {
	BrakingMPS2      float64 // lower values are harsh
	AccelerationMPS2 float64 // higher values are harsh
	CorneringMPS2    float64 // higher values, to either side, are harsh
	SpeedingKPH      float64 // higher values are speeding: the platform does not know the roads' own limits
	MovingKPH        float64 // above this speed the car moves

	Gap          time.Duration // a trip ends if there is no sample for this time
	Stop         time.Duration // for cars that do not report whether they are switched on: a trip ends after this time without moving
	MinDistanceM int64         // shorter trips are dropped: the car was moved out of the way, or a sensor was inaccurate
}

// DefaultLimits returns the platform's own limits. Those of harsh driving equal the cars'.
func DefaultLimits() Limits {
	return Limits{
		BrakingMPS2: -3.5, AccelerationMPS2: 3, CorneringMPS2: 4, SpeedingKPH: 130, MovingKPH: 2,
		Gap: 10 * time.Minute, Stop: 5 * time.Minute, MinDistanceM: 50,
	}
}

// Paths returns the signals from which trips are derived.
func Paths() []string {
	return []string{
		telemetry.Speed, telemetry.TraveledDistance, telemetry.Latitude, telemetry.Longitude, telemetry.LowVoltageSystemState,
		telemetry.AccelerationLongitudinal, telemetry.AccelerationLateral,
	}
}

// Derive finds the trips in a car's samples, which must be in order of time, that had ended by now. A trip consists of the samples
// with one tripId; without tripIds, of the time that the car was switched on; and if the car does not report that either, of the time
// that it moved, including short stops. A trip that may have begun before the first sample is left out unless it has an id.
func Derive(v vin.VIN, rows []telemetry.Row, from, now time.Time, l Limits) []Trip {
	d := deriving{vin: v, limits: l, from: from}
	for _, r := range plausible(rows) {
		d.take(r)
	}
	if d.segment != nil && now.Sub(d.last.at) >= l.Gap {
		d.end()
	}
	return d.trips
}

// reading is the state of the car after a sample: signals that the sample lacks keep their values.
type reading struct {
	at                     time.Time
	speed, odometer        *float64 // km/h, metres
	latitude, longitude    *float64
	longitudinal, lateral  *float64 // accelerations, of this sample only, m/s^2
	switchedOn, saysSwitch bool
	tripID                 string
	previousSpeed          *float64
	sinceSpeed             time.Duration // between this speed and the previous one
	readsOdometer          bool          // this sample has an odometer reading
}

// deriving is the state of a derivation.
type deriving struct {
	vin     vin.VIN
	limits  Limits
	from    time.Time
	last    reading
	speedAt time.Time
	started bool
	segment *segment
	trips   []Trip
}

func (d *deriving) take(row telemetry.Row) {
	now := d.read(row)
	gap := d.started && now.at.Sub(d.last.at) >= d.limits.Gap
	moving := now.speed != nil && *now.speed > d.limits.MovingKPH
	if s := d.segment; s != nil && (gap || now.tripID != s.tripID || d.over(now, moving)) {
		d.end()
	}
	if d.segment == nil && d.begins(now, moving) {
		cut := now.tripID == "" && !d.started && now.at.Sub(d.from) < d.limits.Gap
		d.segment = newSegment(now, cut)
	} else if d.segment != nil {
		d.segment.add(d.last, now, d.limits)
	}
	if d.segment != nil && (moving || now.tripID != "" || now.saysSwitch) {
		d.segment.keep(now)
	}
	d.last, d.started = now, true
}

// begins reports whether a trip begins with a reading.
func (d *deriving) begins(now reading, moving bool) bool {
	switch {
	case now.tripID != "":
		return true
	case now.saysSwitch:
		return now.switchedOn
	}
	return moving
}

// over reports whether the current trip ended before a reading, judged by the reading alone.
func (d *deriving) over(now reading, moving bool) bool {
	switch {
	case now.tripID != "":
		return false
	case now.saysSwitch:
		return !now.switchedOn
	}
	return !moving && now.at.Sub(d.segment.keptAt) >= d.limits.Stop
}

// read returns the reading after a sample.
func (d *deriving) read(row telemetry.Row) reading {
	now := d.last
	now.at, now.tripID, now.longitudinal, now.lateral, now.previousSpeed = row.At, row.TripID, nil, nil, nil
	number := func(path string, into **float64) {
		if v, there := row.Signals[path]; there {
			*into = nil
			if f, ok := v.Number(); ok {
				*into = &f
			}
		}
	}
	if _, there := row.Signals[telemetry.Speed]; there {
		now.previousSpeed, now.sinceSpeed = d.last.speed, row.At.Sub(d.speedAt)
		d.speedAt = row.At
	}
	number(telemetry.Speed, &now.speed)
	number(telemetry.TraveledDistance, &now.odometer)
	_, now.readsOdometer = row.Signals[telemetry.TraveledDistance]
	if latitude, longitude, ok := row.Signals.Place(); ok {
		now.latitude, now.longitude = &latitude, &longitude
	}
	number(telemetry.AccelerationLongitudinal, &now.longitudinal)
	number(telemetry.AccelerationLateral, &now.lateral)
	if state, ok := row.Signals[telemetry.LowVoltageSystemState].Text(); ok {
		now.saysSwitch, now.switchedOn = true, state == "ON" || state == "START"
	}
	return now
}

// end closes the current segment.
func (d *deriving) end() {
	s := d.segment
	d.segment = nil
	if s.cut || s.kept.DistanceM < d.limits.MinDistanceM {
		return
	}
	t := Trip{
		VIN: d.vin, ID: s.tripID, Source: Derived, StartedAt: s.began.at, EndedAt: s.keptAt, Start: s.began.place(), End: s.end,
		Totals: s.kept, MessageTS: s.keptAt, MessageSeq: s.samples,
	}
	if t.ID == "" {
		t.ID = alert.ID(t.StartedAt, "trip/"+string(d.vin))
	}
	d.trips = append(d.trips, t)
}

func (r reading) place() *Place {
	if r.latitude == nil || r.longitude == nil {
		return nil
	}
	return &Place{Latitude: *r.latitude, Longitude: *r.longitude}
}
