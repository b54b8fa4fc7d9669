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
	// ErrNotFound says that there is no such fault.
	ErrNotFound = errors.New("no such fault")
	// ErrClosed says that a fault is over, so that nothing can be done about it any more.
	ErrClosed = errors.New("the fault is over")
)

// Prefixes of the ids of records.
const (
	OpenPrefix    = "OPEN#" // OPEN#code#ecu: one for each code and control unit
	HistoryPrefix = "HIST#" // HIST#ulid: sorts by the time when the fault was first seen
)

// Status is the state of a fault: open or over.
type Status string

// The statuses.
const (
	Open   Status = "OPEN"
	Closed Status = "CLOSED"
)

// Cause is the reason for a fault's end.
type Cause string

// The causes.
const (
	ByCar      Cause = "car"      // the car said that the code was cleared
	BySnapshot Cause = "snapshot" // a snapshot lacked it
	ByPerson   Cause = "person"   // a person cleared it here; the car may report it again
)

// Record is one time that a car had a fault: from its first report until it was cleared.
type Record struct {
	VIN         string
	ID          string // OPEN#code#ecu or HIST#ulid
	Status      Status
	Fault       dtc.Fault
	ECU         string
	StatusByte  dtc.Status // as last reported
	Severity    alert.Severity
	Description string // our own words; empty if the table has none
	DealerID    string // the car's dealer; of open ones only

	FirstSeen time.Time
	LastSeen  time.Time
	Count     int    // messages that reported it
	MIL       bool   // the malfunction lamp was on at the last report
	TripID    string // of the first report; empty if there was none
	OdometerM *int64 // at the first report

	Frame       string            // id of the message that has the freeze frame; empty if there is none
	FreezeFrame telemetry.Signals // only of records that a list or a read returns

	AcknowledgedBy string // user id (sub); empty until somebody has seen it
	AcknowledgedAt time.Time
	ClosedAt       time.Time // zero while it is open
	ClosedBy       Cause     // empty while it is open
	ClearedBy      string    // user id (sub) if ClosedBy is ByPerson
}

// Key is the fault's identity within the car.
func (r Record) Key() string { return Key(r.Fault, r.ECU) }

// Confirmed reports whether the control unit has proven the fault.
func (r Record) Confirmed() bool { return r.StatusByte.Has(dtc.Confirmed) }

// Redacted is the record without what tells of a person: trip, freeze frame and who acknowledged or cleared it.
func (r Record) Redacted() Record {
	r.TripID, r.FreezeFrame, r.Frame, r.AcknowledgedBy, r.ClearedBy = "", nil, "", "", ""
	return r
}

// Filter selects faults; the zero value selects all. A list has the open faults first, then those that are over, the
// newest first.
type Filter struct {
	Status Status    // empty takes all
	Since  time.Time // of those that are over: first seen at this time or later. Open ones are all there: they are the car's state
}

// KeyOf is the code#ecu of an OPEN record's id; ok is false for other ids.
func KeyOf(id string) (key string, ok bool) { return strings.CutPrefix(id, OpenPrefix) }
