package presence

import (
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/vin"
)

// ErrNoCar is returned for an event of a client that is not a car: people and tools connect too, and AWS IoT Core sends events of all
// clients of the account and region.
var ErrNoCar = errors.New("the client is no car")

// ErrUnknownKind is returned for an event of a car that is neither a connect nor a disconnect. AWS may add kinds: the rule forwards none
// of them, and one that arrives nevertheless is not a failure.
var ErrUnknownKind = errors.New("the kind of event is unknown")

// wire is an event as the rules engine forwards it.
type wire struct {
	ClientID  string         `json:"clientId"`
	Timestamp *message.Whole `json:"timestamp"` // milliseconds since 1970
	EventType Kind           `json:"eventType"`
	Session   string         `json:"sessionIdentifier"`
	Version   *message.Whole `json:"versionNumber"`
	ByClient  bool           `json:"clientInitiatedDisconnect"`
	Reason    string         `json:"disconnectReason"`
}

// clientInitiated is the reason of a disconnect for which the client sent a DISCONNECT packet.
const clientInitiated = "CLIENT_INITIATED_DISCONNECT"

// Decode reads a lifecycle event with the rule's stamp. Unknown fields are ignored: AWS adds some. It checks the client first, so that
// events of clients other than cars are never failures. The error is ErrNoCar, ErrUnknownKind or a
// *message.Rejection.
func Decode(b []byte) (Event, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Event{}, err
	}
	v, err := vin.FromThingName(stamped.VIN())
	if err != nil {
		return Event{}, fmt.Errorf("%.64q: %w", stamped.VIN(), ErrNoCar)
	}
	var w wire
	if err := stamped.DecodeKnown(&w); err != nil {
		return Event{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	if w.ClientID == "" { // the old form, with the stamps among the members, where clientId counts as a stamp
		w.ClientID = stamped.ClientID()
	}
	invalid := func(field, value, allowed string) (Event, error) {
		return Event{}, message.Reject(message.SchemaInvalid, stamped.VIN(), message.Invalid(field, value, allowed))
	}
	switch {
	case w.ClientID == "":
		return invalid("clientId", "missing", "the client's id")
	case w.ClientID != stamped.VIN():
		return Event{}, fmt.Errorf("%.64q: %w", w.ClientID, ErrNoCar)
	case w.EventType != Connected && w.EventType != Disconnected:
		return Event{}, fmt.Errorf("%.40q: %w", w.EventType, ErrUnknownKind)
	case w.Timestamp == nil || *w.Timestamp <= 0:
		return invalid("timestamp", "missing or negative", "milliseconds since 1970")
	case w.Version == nil || *w.Version < 0:
		return invalid("versionNumber", "missing or negative", "an integer of 0 or more")
	}
	return Event{
		VIN: v, Kind: w.EventType, At: time.UnixMilli(int64(*w.Timestamp)).UTC(), Version: int64(*w.Version), Session: w.Session,
		ByClient: w.EventType == Disconnected && (w.ByClient || w.Reason == clientInitiated), Reason: w.Reason,
	}, nil
}

// Check is the message with which the tracker schedules a check whether a car is still disconnected.
type Check struct {
	Schema string    `json:"schema"` // always CheckSchema
	VIN    vin.VIN   `json:"vin"`
	At     time.Time `json:"at"`  // time of the disconnect
	Due    time.Time `json:"due"` // when to check
}

// CheckSchema names the version of Check.
const CheckSchema = "presence-check/1"

// DecodeCheck decodes a Check; ok is false for a message of another schema. The error is a *message.Rejection.
func DecodeCheck(b []byte) (c Check, ok bool, err error) {
	if message.Strict(b, &c) != nil || c.Schema != CheckSchema {
		return Check{}, false, nil
	}
	if _, err := vin.Parse(string(c.VIN)); err != nil {
		return c, true, message.Reject(message.SchemaInvalid, string(c.VIN), err)
	}
	if c.At.IsZero() || c.Due.IsZero() {
		return c, true, message.Reject(message.SchemaInvalid, string(c.VIN), errors.New("a check needs at and due"))
	}
	return c, true, nil
}
