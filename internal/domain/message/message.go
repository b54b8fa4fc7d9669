// Package message opens cars' messages as the rules of AWS IoT forward them: the car's own members, which are untrusted, next to the
// platform's stamps. It decodes strictly, by exact member names: encoding/json would accept VIN for vin.
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

// Stamps are the trusted facts about a message: a rule's SQL adds them (lib/policy), and a car cannot write them. Only Open sets
// them, so that a function that takes Stamps never gets values from a car.
type Stamps struct {
	vin        string // topic(3) in the rule's SQL
	clientID   string // clientid() in the rule's SQL; empty for AWS IoT's own events
	ingestedAt int64  // timestamp() in the rule's SQL, milliseconds since 1970
	commandID  string // topic(4) in the rule's SQL; only of answers to commands
	reportID   string // only of health reports: the id from the car, under which the rule stores the report
}

// VIN returns the car in the topic, as it is spelled there.
func (s Stamps) VIN() string { return s.vin }

// ClientID returns the id of the client that published; empty for AWS IoT's own events.
func (s Stamps) ClientID() string { return s.clientID }

// IngestedAt returns the time at which the rules engine received the message, in milliseconds since 1970.
func (s Stamps) IngestedAt() int64 { return s.ingestedAt }

// CommandID returns the command in the topic; empty for messages other than answers to commands.
func (s Stamps) CommandID() string { return s.commandID }

// ReportID returns the key of a health report's row; empty for other messages.
func (s Stamps) ReportID() string { return s.reportID }

// Car returns the car that sent the message. It fails unless the stamps agree and are a VIN.
func (s Stamps) Car() (vin.VIN, error) { return Sender(s.vin, s.clientID) }

// Sender returns the car that stamps name. It fails unless the client that published is the car of the topic.
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

// ReceivedAt returns the time at which the rules engine received the message.
func (s Stamps) ReceivedAt() time.Time { return time.UnixMilli(s.ingestedAt).UTC() }

// Sent has the members of a car's message, all of them untrusted. Decode reads it.
type Sent map[string]json.RawMessage

// Stamped is a message as a rule forwards it.
type Stamped struct {
	Stamps
	Fields Sent
}

// stampNames are the members besides names.MemberMessage.
var stampNames = []string{names.StampVIN, names.StampClientID, names.StampIngestedAt, names.StampCommandID, names.StampReportID}

// Open separates the stamps from the car's message. It also reads the form of earlier rules, which wrote the stamps among the car's own
// members and replaced those of the same name: during an upgrade such messages wait in queues and streams, and health reports in that form
// stay in their table. The error is a *Rejection.
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

// maxInstant is the largest integer that every JSON reader represents exactly.
const maxInstant = 1<<53 - 1

// read reads the present stamps. Every rule stamps the car and the time.
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

// Rejection is the reason why a message will never be accepted. Its category is errs.Invalid.
type Rejection struct {
	Reason Reason
	VIN    string // as stamped; empty if the message has none
	err    error
}

// Reject returns a *Rejection that wraps err.
func Reject(reason Reason, vin string, err error) error {
	return &Rejection{Reason: reason, VIN: vin, err: errs.As(errs.Invalid, err)}
}

func (r *Rejection) Error() string { return r.err.Error() }

// Unwrap returns the cause, with its category.
func (r *Rejection) Unwrap() error { return r.err }

// Reason is the reason why a message was quarantined. It is a metric's dimension and part of stored envelopes, so values must not change.
type Reason string

// The reasons for quarantine.
const (
	Undecodable      Reason = "undecodable"       // not a JSON object
	SchemaInvalid    Reason = "schema_invalid"    // a field violates the schema
	IdentityMismatch Reason = "identity_mismatch" // the stamps do not agree on one car
	TooOld           Reason = "too_old"           // a sample is older than telemetry.MaxAge
	Future           Reason = "future"            // a sample is later than telemetry.MaxFuture
	TooLarge         Reason = "too_large"         // a sample is larger than telemetry.MaxRowBytes, alone or merged with others of its time
	Unstorable       Reason = "unstorable"        // the table rejects a row of the message for good
)

// ErrNotJSON is wrapped by errors about bytes that are not one JSON object.
var ErrNotJSON = errors.New("not a JSON object")

// FieldError names the field of a message that violates the schema.
type FieldError struct {
	Field   string // path of the field: "seq", "signals.Vehicle.Speed", "batch[3].dtMs"
	Value   string // the value, shortened
	Allowed string // the allowed values
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s is %s; allowed is %s", e.Field, e.Value, e.Allowed)
}

// Invalid returns a *FieldError. An empty value stands for a missing field.
func Invalid(field, value, allowed string) error {
	if value == "" {
		value = "missing"
	}
	return &FieldError{Field: field, Value: Clip(value), Allowed: allowed}
}

// Clip shortens a text from a car, so that it cannot fill a log or a row.
func Clip(s string) string {
	const enough = 64
	if len(s) > enough {
		return s[:enough] + "..."
	}
	return s
}

// Shown formats a value of a message for a FieldError; nil is "missing".
func Shown[T any](p *T) string {
	if p == nil {
		return "missing"
	}
	return fmt.Sprint(*p)
}
