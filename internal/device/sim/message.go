package sim

import (
	"math"
	"strings"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
)

// Message is a message that a car sends at time At. Body is a telemetry.Message, Event, Diagnostics, Trip or HealthReport.
type Message struct {
	Kind names.Kind
	At   time.Time
	Body any
}

// Place is a position in degrees.
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

func placeOf(p Point) Place { return Place{round(p.Latitude, 6), round(p.Longitude, 6)} }

// Event is a message about an event at one moment, such as a crash.
type Event struct {
	Schema   string    `json:"schema"` // event/1
	ID       string    `json:"id"`
	TS       time.Time `json:"ts"`
	Seq      uint64    `json:"seq"`
	TripID   string    `json:"tripId,omitempty"`
	Kind     string    `json:"kind"` // crash, tow, harsh_braking, harsh_acceleration, harsh_cornering
	Value    float64   `json:"value"`
	Unit     string    `json:"unit"`
	Location Place     `json:"location"`
}

// Diagnostics reports trouble codes that were set or cleared.
type Diagnostics struct {
	Schema    string    `json:"schema"` // diagnostics/1
	ID        string    `json:"id"`
	TS        time.Time `json:"ts"`
	Seq       uint64    `json:"seq"`
	TripID    string    `json:"tripId,omitempty"`
	Kind      string    `json:"kind"` // set, clear or snapshot
	MIL       bool      `json:"mil"`  // the malfunction indicator lamp is on
	OdometerM int64     `json:"odometerM"`
	Codes     []Code    `json:"codes"`
}

// Code is one trouble code (SAE J2012) with its status byte (ISO 14229-1).
type Code struct {
	Code        string            `json:"code"`
	ECU         string            `json:"ecu"`
	Status      uint8             `json:"status"`
	FreezeFrame telemetry.Signals `json:"freezeFrame,omitempty"` // signals at the time when the code was set
}

// Trip summarizes a trip that has ended. It has no score: the cloud computes it.
type Trip struct {
	Schema            string    `json:"schema"` // trip/1
	ID                string    `json:"id"`
	TS                time.Time `json:"ts"`
	Seq               uint64    `json:"seq"`
	TripID            string    `json:"tripId"`
	StartedAt         time.Time `json:"startedAt"`
	EndedAt           time.Time `json:"endedAt"`
	StartPlace        Place     `json:"startPlace"`
	EndPlace          Place     `json:"endPlace"`
	DistanceM         int64     `json:"distanceM"`
	DurationS         int64     `json:"durationS"`
	IdleS             int64     `json:"idleS"`
	AverageSpeedKPH   float64   `json:"averageSpeedKph"`
	MaxSpeedKPH       float64   `json:"maxSpeedKph"`
	HarshBraking      int       `json:"harshBraking"`
	HarshAcceleration int       `json:"harshAcceleration"`
	HarshCornering    int       `json:"harshCornering"`
	SpeedingS         int64     `json:"speedingS"`
	FuelL             *float64  `json:"fuelL,omitempty"`
	EnergyKWh         *float64  `json:"energyKWh,omitempty"`
}

// HealthReport is the state of the car's systems.
type HealthReport struct {
	Schema           string            `json:"schema"` // healthreport/1
	ID               string            `json:"id"`
	TS               time.Time         `json:"ts"`
	TripID           string            `json:"tripId,omitempty"`
	OdometerM        int64             `json:"odometerM"`
	Systems          map[string]string `json:"systems"` // system -> OK, ATTENTION or SERVICE
	DTCs             []string          `json:"dtcs"`
	ServiceDistanceM int64             `json:"serviceDistanceM"`
}

const (
	confirmedLamp    = 0x01 | 0x08 | 0x80 // status bits testFailed, confirmed, warningLampRequested
	serviceIntervalM = 10_000_000
)

func (c *Car) send(kind names.Kind, body any) {
	c.out = append(c.out, Message{Kind: kind, At: c.now(), Body: body})
}

// count returns the next sequence number of a kind of message.
func (c *Car) count(kind names.Kind) uint64 {
	c.sequence[string(kind)]++
	return c.sequence[string(kind)]
}

// stamp is the time by the car's own clock.
func (c *Car) stamp() time.Time { return c.byItsClock(c.now()) }

func (c *Car) byItsClock(t time.Time) time.Time {
	return t.Add(c.set.ClockSkew).UTC().Truncate(time.Millisecond)
}

func (c *Car) tripID() string {
	if c.trip == nil {
		return ""
	}
	return c.trip.id
}

func (c *Car) event(kind string, value float64, unit string) Event {
	return Event{
		Schema: "event/1", ID: c.set.NewID(c.now()), TS: c.stamp(), Seq: c.count(names.Event), TripID: c.tripID(),
		Kind: kind, Value: round(value, 2), Unit: unit, Location: placeOf(c.route.At(c.atM)),
	}
}

func (c *Car) diagnostics() Diagnostics {
	d := Diagnostics{
		Schema: "diagnostics/1", ID: c.set.NewID(c.now()), TS: c.stamp(), Seq: c.count(names.Diagnostics), TripID: c.tripID(),
		Kind: "set", MIL: true, OdometerM: int64(c.odometerM),
	}
	for _, code := range c.codes {
		d.Codes = append(d.Codes, Code{Code: code, ECU: ecuOf(code), Status: confirmedLamp, FreezeFrame: c.freezeFrame()})
	}
	return d
}

// ecuOf is the control unit that monitors codes with that first letter.
func ecuOf(code string) string {
	switch code[0] {
	case 'C':
		return "chassis"
	case 'B':
		return "body"
	case 'U':
		return "gateway"
	default:
		return "powertrain"
	}
}

func (c *Car) freezeFrame() telemetry.Signals {
	all := c.signals()
	frame := telemetry.Signals{}
	for _, path := range []string{telemetry.Speed, telemetry.EngineSpeed, telemetry.EngineCoolant, telemetry.EngineMAP, telemetry.StateOfCharge} {
		if v, ok := all[path]; ok {
			frame[path] = v
		}
	}
	return frame
}

func (c *Car) tripMessage() Trip {
	t := c.trip
	seconds := c.now().Sub(t.start).Seconds()
	m := Trip{
		Schema: "trip/1", ID: c.set.NewID(c.now()), TS: c.stamp(), Seq: c.count(names.Trip), TripID: t.id,
		StartedAt: c.byItsClock(t.start), EndedAt: c.stamp(), StartPlace: t.startAt, EndPlace: placeOf(c.route.At(c.atM)),
		DistanceM: int64(t.distanceM), DurationS: int64(seconds), IdleS: int64(t.idleS),
		AverageSpeedKPH: round(t.distanceM/seconds*3.6, 1), MaxSpeedKPH: round(t.maxMPS*3.6, 1),
		HarshBraking: t.brakings, HarshAcceleration: t.accelerations, HarshCornering: t.curves, SpeedingS: int64(t.speedingS),
	}
	if hasEngine(c.set.Powertrain) {
		l := round(t.fuelL, 3)
		m.FuelL = &l
	}
	if c.set.Powertrain == vehicle.Electric {
		kwh := round(t.batteryJ/joulesPerKWh, 3)
		m.EnergyKWh = &kwh
	}
	return m
}

func (c *Car) healthReport() HealthReport {
	left := int64(serviceIntervalM - math.Mod(c.odometerM, serviceIntervalM))
	return HealthReport{
		Schema: "healthreport/1", ID: c.set.NewID(c.now()), TS: c.stamp(), TripID: c.tripID(),
		OdometerM: int64(c.odometerM), DTCs: append([]string{}, c.codes...), ServiceDistanceM: left,
		Systems: map[string]string{
			"engine":    status(c.heat.coolantC > 115, c.hasCode("P")),
			"brakes":    status(false, c.hasCode("C")),
			"tyres":     status(c.lowestTyre() < 0.8, c.lowestTyre() < 0.9),
			"battery":   status(c.lowVoltage.volts(stateOff) < 11.8, c.lowVoltage.volts(stateOff) < 12.1),
			"emissions": status(false, c.hasCode("P04")),
			"service":   status(false, left < 1_000_000),
		},
	}
}

func status(service, attention bool) string {
	switch {
	case service:
		return "SERVICE"
	case attention:
		return "ATTENTION"
	default:
		return "OK"
	}
}

func (c *Car) hasCode(prefix string) bool {
	for _, code := range c.codes {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

// lowestTyre is the lowest tyre pressure as a share of the placard pressure.
func (c *Car) lowestTyre() float64 {
	low := math.Inf(1)
	for i := range c.tyres {
		placard := c.model.placardFrontKPA
		if i >= 2 {
			placard = c.model.placardRearKPA
		}
		low = min(low, c.tyres[i].kpa()/placard)
	}
	return low
}

// round rounds to that many decimals, the resolution of a sensor.
func round(f float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(f*p) / p
}
