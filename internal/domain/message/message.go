// Package message opens cars' messages as the rules of AWS IoT hand them on: the car's own members, which are data, beside the platform's
// stamps. It decodes strictly, by exact member names: encoding/json takes VIN for vin.
package message

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Stamps are the known facts of a message: a rule's SQL adds them (lib/policy), and a car cannot write them. Open alone fills them
// in, so that a function that takes Stamps cannot be given what a car said.
type Stamps struct {
	vin        string // topic(3)
	clientID   string // clientid(); AWS IoT's own events have none
	ingestedAt int64  // timestamp(), milliseconds since 1970
	commandID  string // topic(4), of answers to commands alone
	reportID   string // of health reports alone: the key under which the rule stores the car's id
}

// VIN is the car of the topic, as it is spelled there.
func (s Stamps) VIN() string { return s.vin }

// ClientID is the client that published; empty for AWS IoT's own events.
func (s Stamps) ClientID() string { return s.clientID }

// IngestedAt is the time at which the rules engine took the message, in milliseconds since 1970.
func (s Stamps) IngestedAt() int64 { return s.ingestedAt }

// CommandID is the command of the topic, of answers to commands alone.
func (s Stamps) CommandID() string { return s.commandID }

// ReportID is the key of a health report's row.
func (s Stamps) ReportID() string { return s.reportID }

// Car is the car that sent the message: the stamps must agree and be a VIN.
func (s Stamps) Car() (vin.VIN, error) { return Sender(s.vin, s.clientID) }

// Sender is the car that stamps name: the client that published must be the car of the topic.
func Sender(topic, clientID string) (vin.VIN, error) {
	v, err := vin.FromThingName(topic)
	if err != nil {
		return "", fmt.Errorf("stamped vin: %w", err)
	}
	if clientID != topic {
		return "", fmt.Errorf("client %.64q published on the topic of %s; allowed is the client's own topic", clientID, v)
	}
	return v, nil
}

// ReceivedAt is the time at which the rules engine took the message.
func (s Stamps) ReceivedAt() time.Time { return time.UnixMilli(s.ingestedAt).UTC() }

// Sent has the members of a car's message: data, none of it known to be true. Decode reads it.
type Sent map[string]json.RawMessage

// Stamped is a message as a rule hands it on.
type Stamped struct {
	Stamps
	Fields Sent
}

// stampNames are the members beside names.MemberMessage.
var stampNames = []string{names.StampVIN, names.StampClientID, names.StampIngestedAt, names.StampCommandID, names.StampReportID}

// Open separates stamps and message. Earlier rules wrote the stamps among the car's own members. Messages of that form wait in queues and
// streams during an upgrade, and health reports of it stay in their table, so it is read too: there the stamps replaced members of the
// same name. The error is a *Rejection.
func Open(b []byte) (Stamped, error) {
	outer, err := object(b)
	if err != nil {
		return Stamped{}, Reject(Undecodable, "", err)
	}
	var m Stamped
	if err := m.read(outer); err != nil {
		return m, Reject(SchemaInvalid, m.vin, err)
	}
	body, nested := outer[names.MemberMessage]
	if !nested {
		for _, name := range stampNames {
			delete(outer, name)
		}
		m.Fields = outer
		return m, nil
	}
	for name := range outer {
		if name != names.MemberMessage && !slices.Contains(stampNames, name) {
			return m, Reject(SchemaInvalid, m.vin, unknown(name, append([]string{names.MemberMessage}, stampNames...)))
		}
	}
	if m.Fields, err = object(body); err != nil {
		return m, Reject(Undecodable, m.vin, err)
	}
	return m, nil
}

// maxInstant is the largest integer that every JSON reader keeps exact.
const maxInstant = 1<<53 - 1

// read reads the stamps that are there. Every rule stamps the car and the time.
func (s *Stamps) read(outer map[string]json.RawMessage) error {
	for name, into := range map[string]*string{
		names.StampVIN: &s.vin, names.StampClientID: &s.clientID, names.StampCommandID: &s.commandID, names.StampReportID: &s.reportID,
	} {
		if raw, there := outer[name]; there && json.Unmarshal(raw, into) != nil {
			return Invalid(name, string(raw), "a text")
		}
	}
	if s.vin == "" {
		return Invalid(names.StampVIN, "", "the car of the topic")
	}
	raw := string(outer[names.StampIngestedAt])
	at, err := ParseWhole(raw)
	if err != nil || at < 1 || at > maxInstant {
		return Invalid(names.StampIngestedAt, raw, "milliseconds since 1970")
	}
	s.ingestedAt = at
	return nil
}

func object(b []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("%w: it begins with %.20q", ErrNotJSON, b)
	}
	return fields, nil
}

// Rejection is the reason for which a message can never be taken. Its category is errs.Invalid.
type Rejection struct {
	Reason Reason
	VIN    string // as stamped; empty if the message does not say
	err    error
}

// Reject makes a Rejection.
func Reject(reason Reason, vin string, err error) error {
	return &Rejection{Reason: reason, VIN: vin, err: errs.As(errs.Invalid, err)}
}

func (r *Rejection) Error() string { return r.err.Error() }

// Unwrap is the cause, with its category.
func (r *Rejection) Unwrap() error { return r.err }

// Reason is why a message was quarantined. It is a metric's dimension and part of stored envelopes, so values are stable.
type Reason string

// The reasons for quarantine.
const (
	Undecodable      Reason = "undecodable"       // not a JSON object
	SchemaInvalid    Reason = "schema_invalid"    // a field breaks the schema
	IdentityMismatch Reason = "identity_mismatch" // the stamps do not name one car
	TooOld           Reason = "too_old"           // a sample is older than telemetry.MaxAge
	Future           Reason = "future"            // a sample is later than telemetry.MaxFuture
	TooLarge         Reason = "too_large"         // a sample is larger than telemetry.MaxRowBytes, alone or merged with others of its moment
	Unstorable       Reason = "unstorable"        // the table refuses a row of the message for good
)

// ErrNotJSON is the cause of an error for bytes that are not one JSON object.
var ErrNotJSON = errors.New("not a JSON object")

// FieldError names the field of a message that breaks the schema.
type FieldError struct {
	Field   string // where: "seq", "signals.Vehicle.Speed", "batch[3].dtMs"
	Value   string // what was there, shortened
	Allowed string // what may be there
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s is %s; allowed is %s", e.Field, e.Value, e.Allowed)
}

// Invalid is the *FieldError of a field. An empty value counts as a missing one.
func Invalid(field, value, allowed string) error {
	if value == "" {
		value = "missing"
	}
	return &FieldError{Field: field, Value: Clip(value), Allowed: allowed}
}

// Clip keeps what a car sent from filling a log or a row.
func Clip(s string) string {
	const enough = 64
	if len(s) > enough {
		return s[:enough] + "..."
	}
	return s
}

// Shown is a value of a message for a FieldError.
func Shown[T any](p *T) string {
	if p == nil {
		return "missing"
	}
	return fmt.Sprint(*p)
}
