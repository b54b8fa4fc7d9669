// Package event handles messages about single events: a crash, the car being moved, harsh driving. It decodes them and raises
// alerts.
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

// Kinds of event that a car reports.
const (
	Crash             Kind = "crash"
	Tow               Kind = "tow" // the car moves without a driver
	HarshBraking      Kind = "harsh_braking"
	HarshAcceleration Kind = "harsh_acceleration"
	HarshCornering    Kind = "harsh_cornering"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Crash, Tow, HarshBraking, HarshAcceleration, HarshCornering} }

// Urgent reports whether people are notified however late the message comes and whatever the car's clock shows.
func (k Kind) Urgent() bool { return k == Crash || k == Tow }

// Message is one event. The car's position is dropped when it is decoded: nothing that is derived from an event may reveal it.
type Message struct {
	ID       string // ULID
	TS       time.Time
	Kind     Kind
	Severity alert.Severity // the car's own rating; empty if it sends none
	Value    *float64       // measured value, in Unit; nil if there is none
	Unit     string
	TripID   string // ULID; empty outside trips
}

// Received is a message with the rules engine's stamps.
type Received struct {
	Message
	VIN        vin.VIN
	IngestedAt time.Time
}

// MaxDelay is the greatest age of harsh driving for which an alert is raised.
const MaxDelay = 15 * time.Minute

// At returns the time of the event: by the car's clock, or the time of reception if the car's clock is too far off.
func (r Received) At() time.Time {
	if age := r.IngestedAt.Sub(r.TS); age > telemetry.MaxAge || -age > telemetry.MaxFuture {
		return r.IngestedAt
	}
	return r.TS
}
