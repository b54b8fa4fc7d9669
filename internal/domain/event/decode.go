package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
)

// Limits of a message, as event-1.json states them.
const (
	MaxUnit    = 16 // characters
	MaxSignals = 64
)

// Refusal says why a message can never be taken. Its category is fault.Invalid.
type Refusal struct {
	Reason telemetry.Reason
	VIN    string // as stamped; empty if the message does not say
	err    error
}

func (r *Refusal) Error() string { return r.err.Error() }

// Unwrap is the cause, with its category.
func (r *Refusal) Unwrap() error { return r.err }

func refuse(reason telemetry.Reason, vin string, err error) error {
	return &Refusal{Reason: reason, VIN: vin, err: errs.As(errs.Invalid, err)}
}

// wire is a message as the rules engine hands it on. Pointers tell a missing field from an empty one.
type wire struct {
	Schema   string             `json:"schema"`
	ID       string             `json:"id"`
	TS       string             `json:"ts"`
	BootID   *string            `json:"bootId"`
	Seq      *telemetry.Whole   `json:"seq"`
	TripID   *string            `json:"tripId"`
	Kind     Kind               `json:"kind"`
	Severity *alert.Severity    `json:"severity"`
	Value    *float64           `json:"value"`
	Unit     *string            `json:"unit"`
	Location *place             `json:"location"`
	Signals  *telemetry.Signals `json:"signals"`

	VIN        string          `json:"vin"`
	ClientID   string          `json:"clientId"`
	IngestedAt telemetry.Whole `json:"ingestedAt"`
}

type place struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

// Decode reads a message with the rules engine's stamps, and holds it against the schema event-1.json and the stamps against each
// other. A clock that is far off is refused but for what is urgent. The error is a *Refusal.
func Decode(b []byte) (Received, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil || fields == nil {
		return Received{}, refuse(telemetry.Undecodable, "", fmt.Errorf("%w: it begins with %.20q", telemetry.ErrNotJSON, b))
	}
	var w wire
	if err := strict(b, fields, &w); err != nil {
		return Received{}, refuse(telemetry.SchemaInvalid, stamped(fields), err)
	}
	m, err := w.message()
	if err != nil {
		return Received{}, refuse(telemetry.SchemaInvalid, w.VIN, err)
	}
	stamps := telemetry.Received{VIN: w.VIN, ClientID: w.ClientID, IngestedAt: int64(w.IngestedAt), Message: telemetry.Message{TS: m.TS}}
	v, err := stamps.Identity()
	if err != nil {
		return Received{}, refuse(telemetry.IdentityMismatch, w.VIN, err)
	}
	if verdict := stamps.Validate(stamps.ReceivedAt()); verdict.Quarantine != "" && !m.Kind.Urgent() {
		return Received{}, refuse(verdict.Quarantine, w.VIN, errors.New(verdict.Detail))
	}
	return Received{Message: m, VIN: v, IngestedAt: stamps.ReceivedAt()}, nil
}

// stamped is the VIN that the rule stamped on a message which breaks the schema.
func stamped(fields map[string]json.RawMessage) string {
	var v string
	if json.Unmarshal(fields["vin"], &v) != nil {
		return ""
	}
	return v
}

// known are the fields of a message, spelled so: the decoder itself would take them in any case.
var known = []string{
	"schema", "id", "ts", "bootId", "seq", "tripId", "kind", "severity", "value", "unit", "location", "signals", "vin", "clientId", "ingestedAt",
}

// strict reads an object whose fields are all known and none of them null: in the schema only a signal may be.
func strict(b []byte, fields map[string]json.RawMessage, into *wire) error {
	for name, raw := range fields {
		if !slices.Contains(known, name) {
			return invalid(name, "there", "a field of the schema")
		}
		if string(raw) == "null" {
			return invalid(name, "null", "a value, or to leave it out")
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
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
		return m, invalid("schema", w.Schema, Schema)
	case !telemetry.IsULID(w.ID):
		return m, invalid("id", w.ID, "a ULID of 26 upper-case characters")
	case w.Seq != nil && (*w.Seq < 0 || *w.Seq > telemetry.MaxSeq):
		return m, invalid("seq", fmt.Sprint(*w.Seq), fmt.Sprintf("an integer from 0 to %d", int64(telemetry.MaxSeq)))
	case w.TripID != nil && !telemetry.IsULID(m.TripID):
		return m, invalid("tripId", m.TripID, "a ULID of 26 upper-case characters")
	case !slices.Contains(Kinds(), w.Kind):
		return m, invalid("kind", string(w.Kind), fmt.Sprint(Kinds()))
	case w.Severity != nil && !m.Severity.Known():
		return m, invalid("severity", string(m.Severity), fmt.Sprint(alert.Severities()))
	case utf8.RuneCountInString(m.Unit) > MaxUnit:
		return m, invalid("unit", m.Unit, fmt.Sprintf("up to %d characters", MaxUnit))
	}
	return m, errors.Join(w.Location.check(), signals(w.Signals))
}

func (p *place) check() error {
	switch {
	case p == nil:
		return nil
	case p.Latitude == nil || *p.Latitude < -90 || *p.Latitude > 90:
		return invalid("location.latitude", "missing or out of range", "degrees from -90 to 90")
	case p.Longitude == nil || *p.Longitude < -180 || *p.Longitude > 180:
		return invalid("location.longitude", "missing or out of range", "degrees from -180 to 180")
	}
	return nil
}

func signals(s *telemetry.Signals) error {
	if s == nil {
		return nil
	}
	if len(*s) > MaxSignals {
		return invalid("signals", fmt.Sprintf("%d signals long", len(*s)), fmt.Sprintf("up to %d signals", MaxSignals))
	}
	return telemetry.CheckSignals(*s)
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func invalid(field, value, allowed string) error {
	if value == "" {
		value = "missing or empty"
	}
	const enough = 64
	return &telemetry.FieldError{Field: field, Value: value[:min(len(value), enough)], Allowed: allowed}
}
