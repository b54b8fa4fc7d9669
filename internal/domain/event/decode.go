package event

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
)

// Limits of a message, as in event-1.json.
const (
	MaxUnit    = 16 // characters
	MaxSignals = 64
)

// wire is a message as the rules engine forwards it. Pointers distinguish a missing field from an empty one.
type wire struct {
	Schema   string             `json:"schema"`
	ID       string             `json:"id"`
	TS       string             `json:"ts"`
	BootID   *string            `json:"bootId"`
	Seq      *message.Whole     `json:"seq"`
	TripID   *string            `json:"tripId"`
	Kind     Kind               `json:"kind"`
	Severity *alert.Severity    `json:"severity"`
	Value    *float64           `json:"value"`
	Unit     *string            `json:"unit"`
	Location *place             `json:"location"`
	Signals  *telemetry.Signals `json:"signals"`
}

type place struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

// Decode reads a message with the rules engine's stamps, and validates it against the schema event-1.json and the stamps against each
// other. Only urgent messages are accepted with a clock that is far off. The error is a *message.Rejection.
func Decode(b []byte) (Received, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Received{}, err
	}
	w, err := decode(stamped)
	if err != nil {
		return Received{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	m, err := w.message()
	if err != nil {
		return Received{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	v, err := stamped.Car()
	if err != nil {
		return Received{}, message.Reject(message.IdentityMismatch, stamped.VIN(), err)
	}
	if verdict := telemetry.ValidateTime(m.TS, stamped.ReceivedAt()); verdict.Quarantine != "" && !m.Kind.Urgent() {
		return Received{}, message.Reject(verdict.Quarantine, stamped.VIN(), errors.New(verdict.Detail))
	}
	return Received{Message: m, VIN: v, IngestedAt: stamped.ReceivedAt()}, nil
}

// decode reads an object without null fields: the schema allows null only for signals.
func decode(m message.Stamped) (w wire, err error) {
	for name, raw := range m.Fields {
		if string(raw) == "null" {
			return w, message.Invalid(name, "null", "a value, or to leave it out")
		}
	}
	return w, m.Decode(&w)
}

func (w wire) message() (Message, error) {
	m := Message{ID: w.ID, Kind: w.Kind, Value: w.Value}
	var err error
	if m.TS, err = telemetry.ParseTime("ts", w.TS); err != nil {
		return m, err
	}
	m.TripID, m.Unit = or(w.TripID, ""), or(w.Unit, "")
	m.Severity = or(w.Severity, "")
	switch {
	case w.Schema != Schema:
		return m, message.Invalid("schema", w.Schema, Schema)
	case !telemetry.IsULID(w.ID):
		return m, message.Invalid("id", w.ID, "a ULID of 26 upper-case characters")
	case w.Seq != nil && (*w.Seq < 0 || *w.Seq > telemetry.MaxSeq):
		return m, message.Invalid("seq", fmt.Sprint(*w.Seq), fmt.Sprintf("an integer from 0 to %d", int64(telemetry.MaxSeq)))
	case w.TripID != nil && !telemetry.IsULID(m.TripID):
		return m, message.Invalid("tripId", m.TripID, "a ULID of 26 upper-case characters")
	case !slices.Contains(Kinds(), w.Kind):
		return m, message.Invalid("kind", string(w.Kind), fmt.Sprint(Kinds()))
	case w.Severity != nil && !m.Severity.Known():
		return m, message.Invalid("severity", string(m.Severity), fmt.Sprint(alert.Severities()))
	case utf8.RuneCountInString(m.Unit) > MaxUnit:
		return m, message.Invalid("unit", m.Unit, fmt.Sprintf("up to %d characters", MaxUnit))
	}
	return m, errors.Join(w.Location.check(), signals(w.Signals))
}

func (p *place) check() error {
	switch {
	case p == nil:
		return nil
	case p.Latitude == nil || *p.Latitude < -90 || *p.Latitude > 90:
		return message.Invalid("location.latitude", "missing or out of range", "degrees from -90 to 90")
	case p.Longitude == nil || *p.Longitude < -180 || *p.Longitude > 180:
		return message.Invalid("location.longitude", "missing or out of range", "degrees from -180 to 180")
	}
	return nil
}

func signals(s *telemetry.Signals) error {
	if s == nil {
		return nil
	}
	if len(*s) > MaxSignals {
		return message.Invalid("signals", fmt.Sprintf("%d signals long", len(*s)), fmt.Sprintf("up to %d signals", MaxSignals))
	}
	return telemetry.CheckSignals(*s)
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
