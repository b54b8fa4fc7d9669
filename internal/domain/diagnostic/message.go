// Package diagnostic handles cars' messages about trouble codes, and keeps open and past faults, and who has seen or cleared
// them. Messages may come late, twice and in any order: the resulting faults are the same.
package diagnostic

import (
	"time"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Schema names the version of Message that this package reads.
const Schema = "diagnostics/1"

// Kind is the kind of a message: codes were set, codes were cleared, or a snapshot of all codes.
type Kind string

// The kinds.
const (
	Set   Kind = "set"   // these codes are set now
	Clear Kind = "clear" // these codes were cleared; without any code, all were
	// Snapshot lists every stored code: it closes open faults that it does not list.
	Snapshot Kind = "snapshot"
)

// Limits of a message besides telemetry.MaxBytes. The schema has the same ones.
const (
	MaxCodes     = 256            // codes in a message
	MaxFrame     = 64             // signals in a freeze frame
	MaxECU       = 32             // characters of a control unit's name
	MaxOdometerM = 10_000_000_000 // metres
)

// Message is the payload of a car's diagnostics topic.
type Message struct {
	ID        string    // ULID
	TS        time.Time // by the car's clock, UTC, to the millisecond
	Seq       uint64
	TripID    string // ULID; empty between trips
	Kind      Kind
	MIL       bool   // the malfunction lamp is on
	OdometerM *int64 // metres; nil if the car does not report it
	Codes     []Reported
}

// Reported is one code of a message.
type Reported struct {
	Fault       dtc.Fault
	ECU         string // control unit that stores it: 1 to MaxECU letters, digits, '-' and '_'
	Status      dtc.Status
	FreezeFrame telemetry.Signals // signals at the moment of the fault; nil if the car kept none
}

// Received is a Message with the rules engine's stamps, which have been checked against each other.
type Received struct {
	Message
	VIN        vin.VIN
	IngestedAt time.Time
}

// Key returns a fault's identity within a car: code and control unit. A failure type is part of the code, as in ISO 14229-1.
func (r Reported) Key() string { return Key(r.Fault, r.ECU) }

// Key returns code#ecu.
func Key(f dtc.Fault, ecu string) string { return f.String() + "#" + ecu }
