// Package sim simulates cars: physically plausible drives on a route, and the messages that the cars send. It is deterministic: clock, ids
// and random seed are passed in, so the same seed gives the same drive.
package sim

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Values of the signal Vehicle.LowVoltageSystemState.
const (
	stateOff   = "OFF"
	stateStart = "START"
	stateOn    = "ON"
)

// tick is the time step of the simulation.
const (
	tick  = 100 * time.Millisecond
	tickS = 0.1
)

// Settings describe one car's drive.
type Settings struct {
	VIN        vin.VIN
	Seed       uint64
	Powertrain vehicle.Powertrain
	Start      time.Time     // time of the first message
	Duration   time.Duration // from the first message to the last
	Interval   time.Duration // time between two samples while driving
	AmbientC   float64
	Faults     Faults
	ClockSkew  time.Duration          // time by which the car's clock is ahead; it affects ts, not Message.At
	BootID     string                 // id of this run of the car's control unit
	NewID      func(time.Time) string // makes the id of a message or trip with that time
}

// Car is a simulated car. Make it with New.
type Car struct {
	set   Settings
	model model
	route *Route
	rng   *rand.Rand

	elapsed       time.Duration // since Settings.Start
	phase         phase
	phaseEnds     time.Duration
	atM           float64 // position along the route
	odometerM     float64
	speedMPS      float64
	accelMPS2     float64
	lateralMPS2   float64
	brakeW        float64
	wheelW        float64
	fuelL         float64
	sinceEngine   float64
	conditioning  bool
	gnss          [2]float64 // position error north and east, in metres
	driver        driver
	engine        engine
	battery       tractionBattery
	heat          thermal
	lowVoltage    lowVoltage
	tyres         [4]tyre
	codes         []string // trouble codes that are set
	totals        Totals
	trip          *trip
	out           []Message
	sequence      map[string]uint64
	lastSent      map[string]telemetry.Value
	stuck         map[string]telemetry.Value // frozen values of stuck sensors
	nextSample    time.Duration
	nextFull      time.Duration
	harshReported bool
	over          bool
}

// Totals are the energies since the start, in joules: the energy taken in, and the energy spent by kind.
type Totals struct {
	FuelJ, BatteryJ                     float64 // taken from tank and battery
	DragJ, RollingJ, SlopeJ, BrakeJ     float64 // spent on air, tyres, height and brakes
	TractionJ                           float64 // positive work of the force at the wheels
	DistanceM                           float64
	PeakAccelerationMPS2, PeakBrakeMPS2 float64
}

// New makes a parked car with its engine off, at a random place of the route where parking is allowed.
func New(s Settings) *Car {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.VIN))
	rng := rand.New(rand.NewPCG(s.Seed, h.Sum64()))
	c := &Car{
		set: s, model: modelOf(s.Powertrain), route: Circuit(), rng: rng, driver: newDriver(rng),
		sequence: map[string]uint64{}, lastSent: map[string]telemetry.Value{}, stuck: map[string]telemetry.Value{},
		odometerM:    math.Floor(5_000_000 + rng.Float64()*80_000_000),
		conditioning: s.AmbientC > 24 || rng.Float64() < 0.2,
		lowVoltage:   lowVoltage{charge: 0.75 + 0.2*rng.Float64(), healthy: true},
		engine:       stoppedEngine(),
		heat:         thermal{coolantC: s.AmbientC, oilC: s.AmbientC},
	}
	c.atM = c.parkingPlace()
	c.fill()
	if s.Faults.LowBattery {
		c.lowVoltage = lowVoltage{charge: 0.08}
	}
	if s.Faults.Overheat {
		c.heat = thermal{coolantC: 88, oilC: 86}
	}
	c.startTrip()
	return c
}

// parkingPlace returns a random place with a limit of 50 km/h or less, in metres along the route.
func (c *Car) parkingPlace() float64 {
	for {
		m := c.rng.Float64() * c.route.LengthM
		if c.route.At(m).LimitMPS <= 50/3.6 {
			return m
		}
	}
}

func (c *Car) fill() {
	c.fuelL = c.model.tankL * (0.35 + 0.6*c.rng.Float64())
	if hasBattery(c.set.Powertrain) {
		soc := 0.5 + 0.45*c.rng.Float64()
		if c.set.Powertrain == vehicle.Hybrid {
			soc = 0.55 + 0.1*c.rng.Float64()
		}
		c.battery = tractionBattery{
			capacityJ: c.model.batteryJ, chargeJ: soc * c.model.batteryJ, tempC: c.set.AmbientC,
			health: math.Round(880+110*c.rng.Float64()) / 10,
		}
	}
	for i := range c.tyres {
		placard := c.model.placardFrontKPA
		if i >= 2 {
			placard = c.model.placardRearKPA
		}
		c.tyres[i] = tyre{coldKPA: placard - 6 + 10*c.rng.Float64(), tempC: c.set.AmbientC}
	}
}

// Totals returns the energies so far.
func (c *Car) Totals() Totals { return c.totals }

// now is the simulated time.
func (c *Car) now() time.Time { return c.set.Start.Add(c.elapsed) }

// state is the car's low-voltage system state.
func (c *Car) state() string {
	switch c.phase {
	case cranking:
		return stateStart
	case parked:
		return stateOff
	default:
		return stateOn
	}
}
