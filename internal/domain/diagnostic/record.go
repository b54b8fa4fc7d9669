package diagnostic

import (
	"errors"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
)

// Errors of this package.
var (
	// ErrNotFound is returned for a fault that does not exist.
	ErrNotFound = errors.New("no such fault")
	// ErrClosed is returned for a fault that is over and cannot change.
	ErrClosed = errors.New("the fault is over")
)

// Prefixes of the ids of records.
const (
	OpenPrefix    = "OPEN#" // OPEN#code#ecu: one for each code and control unit
	HistoryPrefix = "HIST#" // HIST#ulid: sorts by the time when the fault was first seen
)

// Status is the state of a fault.
type Status string

// The statuses.
const (
	Open   Status = "OPEN"
	Closed Status = "CLOSED"
)

// Cause is the reason why a fault ended.
type Cause string

// The causes.
const (
	ByCar      Cause = "car"      // the car reported that the code was cleared
	BySnapshot Cause = "snapshot" // a snapshot did not list it
	ByPerson   Cause = "person"   // a person cleared it on the platform; the car may report it again
)

// Record is one period in which a car had a fault: from its first report until it was cleared.
type Record struct {
	VIN         string
	ID          string // OPEN#code#ecu or HIST#ulid
	Status      Status
	Fault       dtc.Fault
	ECU         string
	StatusByte  dtc.Status // as last reported
	Severity    alert.Severity
	Description string // the platform's own wording; empty if the table has none
	DealerID    string // the car's dealer; only in open records

	FirstSeen time.Time
	LastSeen  time.Time
	Count     int    // number of messages that reported the fault
	MIL       bool   // the malfunction lamp was on at the last report
	TripID    string // trip of the first report; empty if there was none
	OdometerM *int64 // odometer at the first report, metres; nil if unknown

	Frame       string            // id of the message with the freeze frame; empty if there is none
	FreezeFrame telemetry.Signals // set only in records that are returned from a store

	AcknowledgedBy string // user id (sub); empty until acknowledged
	AcknowledgedAt time.Time
	ClosedAt       time.Time // zero while the fault is open
	ClosedBy       Cause     // empty while the fault is open
	ClearedBy      string    // user id (sub) if ClosedBy is ByPerson
}

// Key returns the fault's identity within the car: code#ecu.
func (r Record) Key() string { return Key(r.Fault, r.ECU) }

// Confirmed reports whether the control unit has confirmed the fault.
func (r Record) Confirmed() bool { return r.StatusByte.Has(dtc.Confirmed) }

// Redacted returns the record without personal data: trip, freeze frame and the users who acknowledged or cleared it.
func (r Record) Redacted() Record {
	r.TripID, r.FreezeFrame, r.Frame, r.AcknowledgedBy, r.ClearedBy = "", nil, "", "", ""
	return r
}

// Filter selects faults; the zero value selects all. A list has the open faults first, then the closed ones, the
// newest first.
type Filter struct {
	Status Status    // empty selects all
	Since  time.Time // closed faults: first seen at this time or later. Open faults are always listed: they are the car's state
}

// KeyOf returns the code#ecu of an open record's id; ok is false for other ids.
func KeyOf(id string) (key string, ok bool) { return strings.CutPrefix(id, OpenPrefix) }
