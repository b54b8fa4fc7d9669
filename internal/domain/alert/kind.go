package alert

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind is the kind of an alert.
type Kind string

// The kinds about a car. Their limits are configured in the detectors.
const (
	Crash            Kind = "crash"
	Tow              Kind = "tow"
	Diagnostics      Kind = "diagnostics" // a trouble code is set; the severity depends on the code
	EngineOverheat   Kind = "engine_overheat"
	OilOvertemp      Kind = "oil_overtemp"
	BatteryLow       Kind = "battery_low"
	TyrePressureLow  Kind = "tyre_pressure_low"
	FuelLow          Kind = "fuel_low"
	SoCLow           Kind = "soc_low"
	Overspeed        Kind = "overspeed"
	HarshDriving     Kind = "harsh_driving"
	ConnectivityLost Kind = "connectivity_lost"
)

// The kinds about the platform.
const (
	RegistrationDenied Kind = "registration_denied" // a certificate was refused at its first connection
	SecondCertificate  Kind = "second_certificate"  // a car has more than one certificate with which it may connect
	IdentityMismatch   Kind = "identity_mismatch"   // a client published in another car's name
	AuditFinding       Kind = "audit_finding"
	PipelineLag        Kind = "pipeline_lag"
)

// The kinds about many cars at once.
const (
	FaultSpread  Kind = "fault_spread"  // many cars of a model set the same trouble code
	RegionSilent Kind = "region_silent" // many cars of a region lost their connection
	ModelUnusual Kind = "model_unusual" // a measure of all cars of a model is unusual for the model
)

const anomalyPrefix = "anomaly."

// Anomaly returns the kind of alerts about unusual values of a signal, given by its VSS path.
func Anomaly(signal string) Kind { return Kind(anomalyPrefix + signal) }

// Signal returns the VSS path of an anomaly's signal; ok is false for other kinds.
func (k Kind) Signal() (path string, ok bool) { return strings.CutPrefix(string(k), anomalyPrefix) }

// Scope is the subject of a kind of alert, which determines who sees the alert.
type Scope uint8

// The scopes.
const (
	Car      Scope = iota // the car's users, its manufacturer and its dealer
	Driving               // the car's users alone: the alert is about a person's driving
	Platform              // the platform's operators
	Maker                 // the manufacturer alone: the alert is about many of its cars and no single one
)

// Policy configures the alerts of a kind.
type Policy struct {
	Title    string   // a few words for people
	Severity Severity // default, for a notice without a severity
	Scope    Scope
	InCar    bool // shown to the driver in the car
	// Cooldown is the time after the resolution in which a recurrence reopens the same alert and sends no new notification.
	Cooldown time.Duration
	// AtLeast is the number of notices needed to raise the alert; 0 means 1.
	AtLeast int
}

const (
	usual = 10 * time.Minute // of Cooldown
	long  = time.Hour
)

// policies has an entry for every kind: a constant of type Kind without an entry fails a test.
var policies = map[Kind]Policy{
	Crash:            {Title: "Crash", Severity: Critical, InCar: true, Cooldown: usual},
	Tow:              {Title: "Car is being moved", Severity: High, Cooldown: usual},
	Diagnostics:      {Title: "Fault", Severity: Medium, InCar: true, Cooldown: long},
	EngineOverheat:   {Title: "Engine too hot", Severity: Critical, InCar: true, Cooldown: usual},
	OilOvertemp:      {Title: "Engine oil too hot", Severity: High, InCar: true, Cooldown: usual},
	BatteryLow:       {Title: "12 V battery low", Severity: Medium, InCar: true, Cooldown: long},
	TyrePressureLow:  {Title: "Tyre pressure low", Severity: High, InCar: true, Cooldown: long},
	FuelLow:          {Title: "Fuel low", Severity: Low, InCar: true, Cooldown: long},
	SoCLow:           {Title: "Charge low", Severity: Low, InCar: true, Cooldown: long},
	Overspeed:        {Title: "Too fast", Severity: Low, Scope: Driving, Cooldown: usual},
	HarshDriving:     {Title: "Harsh driving", Severity: Low, Scope: Driving, Cooldown: long, AtLeast: 3},
	ConnectivityLost: {Title: "Connection lost", Severity: Low, Cooldown: usual},

	RegistrationDenied: {Title: "Registration denied", Severity: High, Scope: Platform, Cooldown: usual},
	SecondCertificate:  {Title: "Second certificate", Severity: Medium, Scope: Platform, Cooldown: long},
	IdentityMismatch:   {Title: "Identity mismatch", Severity: High, Scope: Platform, Cooldown: long},
	AuditFinding:       {Title: "Audit finding", Severity: Medium, Scope: Platform, Cooldown: long},
	PipelineLag:        {Title: "Processing is behind", Severity: High, Scope: Platform, Cooldown: usual},

	FaultSpread:  {Title: "Fault spreads over a model", Severity: High, Scope: Maker, Cooldown: long},
	ModelUnusual: {Title: "Unusual value over a model", Severity: Medium, Scope: Maker, Cooldown: long},
	RegionSilent: {Title: "Region went silent", Severity: High, Scope: Platform, Cooldown: usual},
}

// Kinds returns all kinds except those of anomalies, in alphabetical order.
func Kinds() []Kind { return slices.Sorted(maps.Keys(policies)) }

var anomalies = Policy{Title: "Unusual value", Severity: Medium, Cooldown: long}

// Policy returns the configuration of alerts of that kind; ok is false for an unknown kind.
func (k Kind) Policy() (p Policy, ok bool) {
	if path, anomaly := k.Signal(); anomaly {
		return anomalies, path != ""
	}
	p, ok = policies[k]
	return p, ok
}
