package sim

import (
	"time"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
)

// phase is a phase of the drive.
type phase uint8

const (
	cranking phase = iota
	idling
	driving
	parked
)

const (
	crankTime    = time.Second
	longestTrip  = 45 * time.Minute
	parkTime     = 10 * time.Minute
	shortestTrip = 2 * time.Minute // no new trip if less time is left
	sampleParked = time.Minute
	chargerW     = 50_000
)

// Next returns the car's next message, in order of time; false when the drive is over.
func (c *Car) Next() (Message, bool) {
	for len(c.out) == 0 {
		if c.over {
			return Message{}, false
		}
		c.tick()
	}
	m := c.out[0]
	c.out = c.out[1:]
	return m, true
}

// tick takes a sample if one is due, advances the car, and changes the phase if it is over.
func (c *Car) tick() {
	if c.elapsed >= c.nextSample {
		c.sample()
	}
	c.step()
	c.detectHarsh()
	c.raiseCodes()
	c.turnPhase()
}

func (c *Car) startTrip() {
	c.phase, c.phaseEnds = cranking, c.elapsed+crankTime
	p := c.route.At(c.atM)
	c.trip = &trip{id: c.set.NewID(c.now()), start: c.now(), startAt: placeOf(p)}
	c.nextSample = c.elapsed
}

// turnPhase changes the phase: cranking, idling, driving, parking, and then the next trip or the end.
func (c *Car) turnPhase() {
	end := c.set.Duration
	switch {
	case c.phase == cranking && c.elapsed >= c.phaseEnds:
		c.phase, c.phaseEnds = idling, c.elapsed+time.Duration(2+3*c.rng.Float64())*time.Second
	case c.phase == idling && c.elapsed >= c.phaseEnds:
		c.phase, c.phaseEnds = driving, min(c.elapsed+longestTrip, end)
	case c.phase == driving && c.elapsed >= c.phaseEnds && c.speedMPS == 0, c.phase != parked && c.elapsed >= end+2*time.Minute:
		c.endTrip()
		c.phase, c.phaseEnds = parked, c.elapsed+parkTime
		c.over = end-c.elapsed < parkTime+shortestTrip
		c.sample()
	case c.phase == parked && c.elapsed >= c.phaseEnds:
		c.startTrip()
	case c.phase == parked:
		c.refill()
	}
}

// refill charges a parked electric car, and fills a nearly empty tank at the end of parking.
func (c *Car) refill() {
	if c.set.Powertrain == vehicle.Electric && c.battery.soc() < 90 {
		c.battery.charge(chargerW, c.set.AmbientC, tickS)
		return
	}
	c.battery.charging = false
	if c.fuelL < 0.25*c.model.tankL && c.phaseEnds-c.elapsed <= tick {
		c.fuelL = 0.95 * c.model.tankL
	}
}

func (c *Car) endTrip() {
	c.speedMPS, c.accelMPS2, c.engine = 0, 0, stoppedEngine()
	c.send(names.Trip, c.tripMessage())
	c.send(names.HealthReport, c.healthReport())
	c.trip = nil
}

// detectHarsh sends an event for braking or acceleration beyond the limits, once per manoeuvre.
func (c *Car) detectHarsh() {
	kind := ""
	switch {
	case c.accelMPS2 < harshBrakingMPS2:
		kind = "harsh_braking"
	case c.accelMPS2 > harshAccelerationMPS2:
		kind = "harsh_acceleration"
	case c.lateralMPS2 > harshCorneringMPS2 || c.lateralMPS2 < -harshCorneringMPS2:
		kind = "harsh_cornering"
	}
	if kind == "" {
		c.harshReported = false
		return
	}
	if c.harshReported || c.trip == nil {
		return
	}
	c.harshReported = true
	c.trip.count(kind)
	value := c.accelMPS2
	if kind == "harsh_cornering" {
		value = c.lateralMPS2
	}
	c.send(names.Event, c.event(kind, value, "m/s^2"))
}

// raiseCodes sets the injected trouble codes after a quarter of the drive.
func (c *Car) raiseCodes() {
	if len(c.codes) > 0 || len(c.set.Faults.DTCs) == 0 || c.elapsed < c.set.Duration/4 {
		return
	}
	c.codes = c.set.Faults.DTCs
	c.send(names.Diagnostics, c.diagnostics())
}
