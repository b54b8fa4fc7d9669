// Package event handles single moments: a crash, the car being moved, harsh driving. It reads such messages and makes
// alerts of them.
package event

import (
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Schema names the message's version.
const Schema = "event/1"

// Kind is the kind of the event.
type Kind string

// The kinds.
const (
	Crash             Kind = "crash"
	Tow               Kind = "tow" // the car moves and nobody drives it
	HarshBraking      Kind = "harsh_braking"
	HarshAcceleration Kind = "harsh_acceleration"
	HarshCornering    Kind = "harsh_cornering"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Crash, Tow, HarshBraking, HarshAcceleration, HarshCornering} }

// Urgent reports whether people are told however late the message comes and whatever the car's clock says.
func (k Kind) Urgent() bool { return k == Crash || k == Tow }

// Message is one event. Its position is not kept here: nothing that is made of it may say where the car was.
type Message struct {
	ID       string // ULID
	TS       time.Time
	Kind     Kind
	Severity alert.Severity // as the car judges it; empty if it does not
	Value    *float64       // what was measured, in Unit; nil if nothing
	Unit     string
	TripID   string // ULID; empty outside trips
}

// Received is a message with what the rules engine knows of it.
type Received struct {
	Message
	VIN        vin.VIN
	IngestedAt time.Time
}

// MaxDelay is the greatest age of a moment of harsh driving that raises an alert.
const MaxDelay = 15 * time.Minute

// At is the time of the event: by the car's clock, unless that cannot be right.
func (r Received) At() time.Time {
	if age := r.IngestedAt.Sub(r.TS); age > telemetry.MaxAge || -age > telemetry.MaxFuture {
		return r.IngestedAt
	}
	return r.TS
}
