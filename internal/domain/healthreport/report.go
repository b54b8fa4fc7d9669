// Package healthreport provides the state of a car's systems, reported by the car or, if it does not answer, composed by the platform.
package healthreport

import (
	"errors"
	"time"

	"connectedcar/internal/vin"
)

// Errors of this package.
var (
	// ErrNotFound is returned for a report that does not exist.
	ErrNotFound = errors.New("no such health report")
	// ErrUnreadable is returned for a stored report that violates the schema. The car sent it so: the rule stores what cars send.
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
	Attention Status = "ATTENTION" // have it checked soon
	Service   Status = "SERVICE"   // have it repaired
)

// System is a part of the car that a report covers.
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

// Systems returns all systems, in the order in which people read them.
func Systems() []System { return []System{Engine, Brakes, Tyres, Battery, Emissions, Servicing} }

// Source is the origin of a report: the car or the platform.
type Source string

// The sources.
const (
	ByCar    Source = "car"
	Composed Source = "composed" // by the platform, from its own data
)

// Progress is the state of a requested report.
type Progress string

// The states of a requested report.
const (
	Ready   Progress = "READY"
	Pending Progress = "PENDING" // the car was asked and has not answered yet
)

// Report is one health report. A Pending report has the fields up to RequestedBy only.
type Report struct {
	VIN         vin.VIN
	ID          string // ULID
	Progress    Progress
	RequestedAt time.Time // zero if nobody requested it
	RequestedBy string    // user id (sub)
	CommandID   string    // the command that requested the report; not stored, so only Request returns it

	Source           Source
	TS               time.Time
	TripID           string
	OdometerM        *int64 // metres; nil if unknown, which only a composed report may have
	Systems          map[System]Status
	Findings         []Finding // the reasons for Systems; only in composed reports
	DTCs             []string
	ServiceDistanceM *int64 // metres to the next service, negative if overdue; nil if unknown
}

// Finding is the reason for a system's status in a composed report.
type Finding struct {
	System System `json:"system"`
	Status Status `json:"status"`
	Detail string `json:"detail"` // one sentence for people
}
