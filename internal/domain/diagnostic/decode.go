package diagnostic

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
)

// Reasons for which a message is set aside, beside telemetry's.
const (
	Undecodable      = telemetry.Undecodable
	SchemaInvalid    = telemetry.SchemaInvalid
	IdentityMismatch = telemetry.IdentityMismatch
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

// wire is a message as the rules engine hands it on. Pointers tell a missing field from a zero.
type wire struct {
	Schema    string             `json:"schema"`
	ID        string             `json:"id"`
	TS        string             `json:"ts"`
	Seq       *telemetry.Whole   `json:"seq"`
	TripID    *string            `json:"tripId"`
	Kind      Kind               `json:"kind"`
	MIL       *bool              `json:"mil"`
	OdometerM *telemetry.Whole   `json:"odometerM"`
	Codes     *[]json.RawMessage `json:"codes"`

	VIN        string          `json:"vin"`
	ClientID   string          `json:"clientId"`
	IngestedAt telemetry.Whole `json:"ingestedAt"`
}

type wireCode struct {
	Code        string             `json:"code"`
	FailureType *string            `json:"failureType"`
	ECU         string             `json:"ecu"`
	Status      *telemetry.Whole   `json:"status"`
	FreezeFrame *telemetry.Signals `json:"freezeFrame"`
}

// Decode reads a message with the rules engine's stamps and holds it against the schema diagnostics-1.json, the stamps against each
// other and its time against its reception. The error is a *Refusal.
func Decode(b []byte) (Received, error) {
	var w wire
	if err := strict(b, &w, messageFields); err != nil {
		if errors.Is(err, telemetry.ErrNotJSON) {
			return Received{}, refuse(Undecodable, "", err)
		}
		return Received{}, refuse(SchemaInvalid, stamped(b), err)
	}
	m, err := w.message()
	if err != nil {
		return Received{}, refuse(SchemaInvalid, w.VIN, err)
	}
	stamps := telemetry.Received{VIN: w.VIN, ClientID: w.ClientID, IngestedAt: int64(w.IngestedAt), Message: telemetry.Message{TS: m.TS}}
	v, err := stamps.Identity()
	if err != nil {
		return Received{}, refuse(IdentityMismatch, w.VIN, err)
	}
	if verdict := stamps.Validate(stamps.ReceivedAt()); verdict.Quarantine != "" {
		return Received{}, refuse(verdict.Quarantine, w.VIN, errors.New(verdict.Detail))
	}
	return Received{Message: m, VIN: v, IngestedAt: stamps.ReceivedAt()}, nil
}

// stamped is the VIN that the rule stamped on a message which breaks the schema.
func stamped(b []byte) string {
	var w struct {
		VIN string `json:"vin"`
	}
	if json.Unmarshal(b, &w) != nil {
		return ""
	}
	return w.VIN
}

// messageFields and codeFields are all fields; encoding/json alone would let other cases pass.
var (
	messageFields = []string{"schema", "id", "ts", "seq", "tripId", "kind", "mil", "odometerM", "codes", "vin", "clientId", "ingestedAt"}
	codeFields    = []string{"code", "failureType", "ecu", "status", "freezeFrame"}
)

// strict reads one JSON object that has no other fields than those.
func strict(b []byte, into any, known []string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil || fields == nil {
		return fmt.Errorf("%w: it begins with %.20q", telemetry.ErrNotJSON, b)
	}
	for name := range fields {
		if !slices.Contains(known, name) {
			return invalid(fmt.Sprintf("unknown field %.64q", name), "there", "one of "+strings.Join(known, ", "))
		}
	}
	return json.Unmarshal(b, into)
}

var ecuPattern = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z0-9_-]{1,%d}$`, MaxECU))

func (w wire) message() (Message, error) {
	m := Message{ID: w.ID, Kind: w.Kind, OdometerM: (*int64)(w.OdometerM)}
	var err error
	if m.TS, err = telemetry.ParseTime("ts", w.TS); err != nil {
		return m, err
	}
	if w.TripID != nil {
		m.TripID = *w.TripID
	}
	switch {
	case w.Schema != Schema:
		return m, invalid("schema", w.Schema, Schema)
	case !telemetry.IsULID(w.ID):
		return m, invalid("id", w.ID, "a ULID of 26 upper-case characters")
	case w.Seq == nil || *w.Seq < 0 || *w.Seq > telemetry.MaxSeq:
		return m, invalid("seq", shown(w.Seq), fmt.Sprintf("an integer from 0 to %d", int64(telemetry.MaxSeq)))
	case w.TripID != nil && !telemetry.IsULID(m.TripID):
		return m, invalid("tripId", m.TripID, "a ULID of 26 upper-case characters")
	case !slices.Contains([]Kind{Set, Clear, Snapshot}, w.Kind):
		return m, invalid("kind", string(w.Kind), "set, clear or snapshot")
	case w.MIL == nil:
		return m, invalid("mil", "missing", "true or false")
	case w.OdometerM != nil && (*w.OdometerM < 0 || *w.OdometerM > MaxOdometerM):
		return m, invalid("odometerM", shown(w.OdometerM), fmt.Sprintf("an integer from 0 to %d", int64(MaxOdometerM)))
	case w.Codes == nil || len(*w.Codes) > MaxCodes:
		return m, invalid("codes", "missing or too long", fmt.Sprintf("a list of up to %d codes", MaxCodes))
	}
	m.Seq, m.MIL = uint64(*w.Seq), *w.MIL // checked above
	m.Codes, err = codes(*w.Codes)
	return m, err
}

// codes reads the list; of a code that it has twice for one control unit the first counts.
func codes(list []json.RawMessage) ([]Reported, error) {
	var out []Reported
	seen := map[string]bool{}
	for n, raw := range list {
		var c wireCode
		if err := strict(raw, &c, codeFields); err != nil {
			return nil, fmt.Errorf("codes[%d]: %w", n, err)
		}
		r, err := c.reported(fmt.Sprintf("codes[%d].", n))
		if err != nil {
			return nil, err
		}
		if !seen[r.Key()] {
			seen[r.Key()] = true
			out = append(out, r)
		}
	}
	return out, nil
}

func (c wireCode) reported(prefix string) (Reported, error) {
	r := Reported{ECU: c.ECU}
	var err error
	if r.Fault.Code, err = dtc.Parse(c.Code); err != nil {
		return r, fmt.Errorf("%scode: %w", prefix, err)
	}
	if c.FailureType != nil {
		if r.Fault.Type, err = dtc.ParseType(*c.FailureType); err != nil {
			return r, fmt.Errorf("%sfailureType: %w", prefix, err)
		}
		r.Fault.HasType = true
	}
	if !ecuPattern.MatchString(c.ECU) {
		return r, invalid(prefix+"ecu", c.ECU, fmt.Sprintf("1 to %d letters, digits, '-' and '_'", MaxECU))
	}
	if c.Status == nil || *c.Status < 0 || *c.Status > 255 {
		return r, invalid(prefix+"status", shown(c.Status), "an integer from 0 to 255")
	}
	r.Status = dtc.Status(*c.Status) // checked above
	if c.FreezeFrame == nil {
		return r, nil
	}
	r.FreezeFrame = *c.FreezeFrame
	return r, checkFrame(prefix+"freezeFrame", r.FreezeFrame)
}

// checkFrame holds a freeze frame against what telemetry allows for signals, and the schema's own limits.
func checkFrame(field string, s telemetry.Signals) error {
	if len(s) > MaxFrame {
		return invalid(field, fmt.Sprintf("%d signals long", len(s)), fmt.Sprintf("up to %d signals", MaxFrame))
	}
	for path, v := range s {
		if v.Kind() == telemetry.KindTexts {
			return invalid(field+"."+path, "a list", "a number, string, boolean or null")
		}
	}
	if err := telemetry.CheckSignals(s); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	return nil
}

func invalid(field, value, allowed string) error {
	if value == "" {
		value = "missing"
	}
	if len(value) > 64 {
		value = value[:64] + "..."
	}
	return &telemetry.FieldError{Field: field, Value: value, Allowed: allowed}
}

func shown[T any](n *T) string {
	if n == nil {
		return "missing"
	}
	return fmt.Sprint(*n)
}
