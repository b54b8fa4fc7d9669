package healthreport

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/vin"
)

// Facts are the platform's data about a car from which a report is composed.
type Facts struct {
	VIN        vin.VIN
	At         time.Time // time of the report
	State      *vehicle.State
	Faults     []diagnostic.Record // open faults
	Last       *Report             // the newest report of the car itself; nil if there is none
	Samples    []telemetry.Row     // of the last days, in order of time, for the trends
	PlacardKPa float64             // placard pressure of the tyres; 0 if unknown
}

// Limits of normal values. Battery and tyres have the limits of their alerts, and one that warns earlier.
const (
	maxAge = 14 * 24 * time.Hour // an older reading is ignored

	coolantC, oilC        = 115, 130
	batteryLowV           = 11.8 // volts at rest
	batteryWeakV          = 12.1
	tyreLow, tyreWeak     = 0.8, 0.9 // share of the placard pressure
	serviceSoonM          = 1_000_000
	projection            = 14 * 24 * time.Hour // how far a trend is extrapolated
	minTrend              = 3                   // least number of days with readings for a trend
	emissionsFrom, upTo   = dtc.Code(0x0400), dtc.Code(0x04FF)
	treatmentFrom, treats = dtc.Code(0x2000), dtc.Code(0x20FF)
)

// composer collects findings; a system gets the worst status of its findings.
type composer struct {
	facts  Facts
	report Report
}

// Compose makes a report from the platform's data. A system without recent data is Unknown.
func Compose(f Facts) Report {
	c := composer{facts: f, report: Report{
		VIN: f.VIN, Progress: Ready, Source: Composed, TS: f.At.UTC().Truncate(time.Millisecond), Systems: map[System]Status{}, DTCs: []string{},
	}}
	for _, s := range Systems() {
		c.report.Systems[s] = Unknown
	}
	c.odometer()
	if c.heard() { // its control units monitor these systems and would have reported a fault
		for _, s := range []System{Engine, Brakes, Emissions} {
			c.report.Systems[s] = OK
		}
	}
	c.faults()
	c.heat()
	c.tyres()
	c.battery()
	c.service()
	return c.report
}

// find adds a finding.
func (c *composer) find(s System, status Status, detail string, args ...any) {
	c.atLeast(s, status)
	c.report.Findings = append(c.report.Findings, Finding{System: s, Status: status, Detail: fmt.Sprintf(detail, args...)})
}

// atLeast sets a system's status unless it is already as bad or worse.
func (c *composer) atLeast(s System, status Status) {
	order := []Status{Unknown, OK, Attention, Service}
	if slices.Index(order, status) > slices.Index(order, c.report.Systems[s]) {
		c.report.Systems[s] = status
	}
}

// heard reports whether the car has sent anything within maxAge.
func (c *composer) heard() bool {
	return c.facts.State != nil && c.facts.At.Sub(time.UnixMilli(c.facts.State.Newest.At)) <= maxAge
}

// fresh returns the last value of a signal; ok is false if there is none within maxAge.
func (c *composer) fresh(path string) (float64, bool) {
	if c.facts.State == nil {
		return 0, false
	}
	r, there := c.facts.State.Signals[path]
	if !there || c.facts.At.Sub(time.UnixMilli(r.At)) > maxAge {
		return 0, false
	}
	return r.Value.Number()
}

func (c *composer) odometer() {
	if c.facts.State != nil {
		if m, ok := c.facts.State.Signals[telemetry.TraveledDistance].Value.Number(); ok {
			whole := int64(m)
			c.report.OdometerM = &whole
		}
	}
	if c.report.OdometerM == nil && c.facts.Last != nil {
		c.report.OdometerM = c.facts.Last.OdometerM
	}
}

func (c *composer) faults() {
	for _, r := range c.facts.Faults {
		if code := r.Fault.Code.String(); !slices.Contains(c.report.DTCs, code) {
			c.report.DTCs = append(c.report.DTCs, code)
		}
		system, ok := systemOf(r.Fault.Code)
		if !ok {
			continue
		}
		status := Attention
		if r.Severity.AtLeast(alert.High) {
			status = Service
		}
		words := "Open fault " + r.Fault.String()
		if r.Description != "" {
			words += ": " + strings.ToLower(r.Description[:1]) + r.Description[1:]
		}
		c.find(system, status, "%s.", words)
	}
	slices.Sort(c.report.DTCs)
}

// systemOf returns the system that a code is about; ok is false for codes of body and network, which reports do not cover.
func systemOf(code dtc.Code) (System, bool) {
	switch {
	case code >= emissionsFrom && code <= upTo, code >= treatmentFrom && code <= treats:
		return Emissions, true
	case code.System() == dtc.Powertrain:
		return Engine, true
	case code.System() == dtc.Chassis:
		return Brakes, true
	}
	return "", false
}

func (c *composer) heat() {
	for _, h := range []struct {
		path, name string
		limit      float64
	}{{telemetry.EngineCoolant, "coolant", coolantC}, {telemetry.EngineOil, "engine oil", oilC}} {
		if t, ok := c.fresh(h.path); ok && t > h.limit {
			c.find(Engine, Service, "The %s is at %.0f °C; up to %.0f is fine.", h.name, t, h.limit)
		}
	}
}

// tyrePaths are the signals of the tyres' pressures, with the position of each tyre.
var tyrePaths = [][2]string{
	{telemetry.TirePressureFrontLeft, "front left"}, {telemetry.TirePressureFrontRight, "front right"},
	{telemetry.TirePressureRearLeft, "rear left"}, {telemetry.TirePressureRearRight, "rear right"},
}

func (c *composer) tyres() {
	placard := c.facts.PlacardKPa
	for _, tyre := range tyrePaths {
		kpa, ok := c.fresh(tyre[0])
		if !ok || placard <= 0 {
			continue
		}
		switch {
		case kpa < tyreLow*placard:
			c.find(Tyres, Service, "The %s tyre has %.0f kPa; it needs %.0f.", tyre[1], kpa, placard)
			continue
		case kpa < tyreWeak*placard:
			c.find(Tyres, Attention, "The %s tyre has %.0f kPa; it needs %.0f.", tyre[1], kpa, placard)
			continue
		}
		c.atLeast(Tyres, OK)
		perDay, days := slope(c.facts.Samples, tyre[0], nil)
		if days >= minTrend && perDay < 0 && kpa+perDay*projection.Hours()/24 < tyreLow*placard {
			c.find(Tyres, Attention, "The %s tyre loses %.1f kPa a day.", tyre[1], -perDay)
		}
	}
}

func (c *composer) battery() {
	volts, ok := resting(c.facts.Samples)
	if !ok {
		return
	}
	switch {
	case volts < batteryLowV:
		c.find(Battery, Service, "The 12 V battery has %.1f V at rest; it needs %.1f.", volts, batteryLowV)
		return
	case volts < batteryWeakV:
		c.find(Battery, Attention, "The 12 V battery has %.1f V at rest.", volts)
		return
	}
	c.atLeast(Battery, OK)
	perDay, days := slope(c.facts.Samples, telemetry.LowVoltageBattery, off)
	if days >= minTrend && perDay < 0 && volts+perDay*projection.Hours()/24 < batteryLowV {
		c.find(Battery, Attention, "The 12 V battery loses %.2f V a day at rest.", -perDay)
	}
}

func (c *composer) service() {
	if s := c.facts.State; s != nil {
		if due, ok := s.Signals[telemetry.IsServiceDue].Value.Bool(); ok {
			c.atLeast(Servicing, OK)
			if due {
				c.find(Servicing, Service, "The car says that its service is due.")
			}
		}
	}
	last := c.facts.Last
	if last == nil || last.ServiceDistanceM == nil || last.OdometerM == nil || c.report.OdometerM == nil {
		return
	}
	left := *last.ServiceDistanceM - max(0, *c.report.OdometerM-*last.OdometerM)
	c.report.ServiceDistanceM = &left
	switch {
	case left < 0:
		c.find(Servicing, Service, "The service was due %d km ago.", -left/1000)
	case left < serviceSoonM:
		c.find(Servicing, Attention, "The service is due in %d km.", left/1000)
	default:
		c.atLeast(Servicing, OK)
	}
}
