// Package healthreport is the state of a car's systems: as the car reports it, or as the platform composes it where the car is silent.
package healthreport

import (
	"errors"
	"time"

	"connectedcar/internal/vin"
)

// Errors of this package.
var (
	// ErrNotFound says that there is no such report.
	ErrNotFound = errors.New("no such health report")
	// ErrUnreadable says that a stored report breaks the schema. It is the car's doing: the rule stores what cars send.
	ErrUnreadable = errors.New("the stored health report breaks the schema")
)

// Schema names the version of the message that cars send.
const Schema = "healthreport/1"

// Status is the condition of a system.
type Status string

// The statuses, the worst last.
const (
	Unknown   Status = "UNKNOWN"
	OK        Status = "OK"
	Attention Status = "ATTENTION" // look at it soon
	Service   Status = "SERVICE"   // have it repaired
)

// System is a part of the car that a report speaks of.
type System string

// The systems.
const (
	Engine    System = "engine"
	Brakes    System = "brakes"
	Tyres     System = "tyres"
	Battery   System = "battery" // 12 V
	Emissions System = "emissions"
	Servicing System = "service"
)

// Systems are all systems, in the order in which people read them.
func Systems() []System { return []System{Engine, Brakes, Tyres, Battery, Emissions, Servicing} }

// Source is the author of a report: the car or the platform.
type Source string

// The sources.
const (
	ByCar    Source = "car"
	Composed Source = "composed" // by the platform, of what it knows
)

// Progress is the state of a requested report.
type Progress string

// The progresses.
const (
	Ready   Progress = "READY"
	Pending Progress = "PENDING" // the car was asked and has not answered yet
)

// Report is one health report. One that is Pending has the fields up to RequestedBy only.
type Report struct {
	VIN         vin.VIN
	ID          string // ULID
	Progress    Progress
	RequestedAt time.Time // zero for one that nobody asked for
	RequestedBy string    // user id (sub)
	CommandID   string    // of the command that asked the car; empty if it was not connected

	Source           Source
	TS               time.Time
	TripID           string
	OdometerM        *int64 // metres; nil if unknown, which only a composed report may have
	Systems          map[System]Status
	Findings         []Finding // why; only of composed reports
	DTCs             []string
	ServiceDistanceM *int64 // metres to the next service, negative if overdue; nil if unknown
}

// Finding is why a composed report says of a system what it says.
type Finding struct {
	System System `json:"system"`
	Status Status `json:"status"`
	Detail string `json:"detail"` // one sentence for people
}
