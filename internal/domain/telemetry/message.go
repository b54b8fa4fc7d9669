// Package telemetry defines the message in which a car reports its signals: its contents and limits, decoding and validation, and
// its rows in the history.
package telemetry

import (
	"time"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/vin"
)

// Schema names the version of Message that this package reads and writes.
const Schema = "telemetry/1"

// MaxBytes is the largest message that AWS IoT Core accepts.
const MaxBytes = 128 << 10

// Message is the payload of a car's telemetry topic.
type Message struct {
	Schema string    `json:"schema"`           // always Schema
	ID     string    `json:"id"`               // ULID, unique per message: the key for dropping duplicates
	TS     time.Time `json:"ts"`               // when Signals were read; RFC 3339, UTC, milliseconds
	BootID string    `json:"bootId"`           // changes at every start of the sender; Seq restarts with it
	Seq    uint64    `json:"seq"`              // counts the messages of one BootID: shows order and gaps
	TripID string    `json:"tripId,omitempty"` // ULID of the trip, while there is one
	// Signals are the values at TS by VSS path; Null marks a sensor as invalid, a signal without a value is unchanged.
	Signals Signals  `json:"signals"`
	Batch   []Sample `json:"batch,omitempty"` // further samples of the same message
}

// Sample is one more set of signals, read DtMs milliseconds after (or, negative, before) the message's TS.
type Sample struct {
	DtMs    int64   `json:"dtMs"`
	Signals Signals `json:"signals"`
}

// Signals are values by VSS path, for example "Vehicle.Speed".
type Signals map[string]Value

// Received is a Message with the rules engine's stamps. Only the stamps are an authenticated identity: message.Open separates them
// from the car's own members.
type Received struct {
	Message    `json:"message"`
	VIN        string `json:"vin"`        // topic(3) in the rule's SQL
	ClientID   string `json:"clientId"`   // clientid() in the rule's SQL
	IngestedAt int64  `json:"ingestedAt"` // timestamp() in the rule's SQL, milliseconds since 1970
}

// Car returns the car that sent r. It fails unless the stamps agree and are a VIN.
func (r Received) Car() (vin.VIN, error) { return message.Sender(r.VIN, r.ClientID) }

// ReceivedAt returns the time at which the rules engine received the message.
func (r Received) ReceivedAt() time.Time { return time.UnixMilli(r.IngestedAt).UTC() }
