package diagnostic

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
)

// wire is a message as the rules engine forwards it. Pointers distinguish a missing field from a zero.
type wire struct {
	Schema    string         `json:"schema"`
	ID        string         `json:"id"`
	TS        string         `json:"ts"`
	Seq       *message.Whole `json:"seq"`
	TripID    *string        `json:"tripId"`
	Kind      Kind           `json:"kind"`
	MIL       *bool          `json:"mil"`
	OdometerM *message.Whole `json:"odometerM"`
	Codes     *[]wireCode    `json:"codes"`
}

type wireCode struct {
	Code        string             `json:"code"`
	FailureType *string            `json:"failureType"`
	ECU         string             `json:"ecu"`
	Status      *message.Whole     `json:"status"`
	FreezeFrame *telemetry.Signals `json:"freezeFrame"`
}

// Decode reads a message with the rules engine's stamps and validates it against the schema diagnostics-1.json, the stamps against each
// other and the car's time against that of reception. The error is a *message.Rejection.
func Decode(b []byte) (Received, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Received{}, err
	}
	var w wire
	if err := stamped.Decode(&w); err != nil {
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
	if verdict := telemetry.ValidateTime(m.TS, stamped.ReceivedAt()); verdict.Quarantine != "" {
		return Received{}, message.Reject(verdict.Quarantine, stamped.VIN(), errors.New(verdict.Detail))
	}
	return Received{Message: m, VIN: v, IngestedAt: stamped.ReceivedAt()}, nil
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
		return m, message.Invalid("schema", w.Schema, Schema)
	case !telemetry.IsULID(w.ID):
		return m, message.Invalid("id", w.ID, "a ULID of 26 upper-case characters")
	case w.Seq == nil || *w.Seq < 0 || *w.Seq > telemetry.MaxSeq:
		return m, message.Invalid("seq", message.Shown(w.Seq), fmt.Sprintf("an integer from 0 to %d", int64(telemetry.MaxSeq)))
	case w.TripID != nil && !telemetry.IsULID(m.TripID):
		return m, message.Invalid("tripId", m.TripID, "a ULID of 26 upper-case characters")
	case !slices.Contains([]Kind{Set, Clear, Snapshot}, w.Kind):
		return m, message.Invalid("kind", string(w.Kind), "set, clear or snapshot")
	case w.MIL == nil:
		return m, message.Invalid("mil", "missing", "true or false")
	case w.OdometerM != nil && (*w.OdometerM < 0 || *w.OdometerM > MaxOdometerM):
		return m, message.Invalid("odometerM", message.Shown(w.OdometerM), fmt.Sprintf("an integer from 0 to %d", int64(MaxOdometerM)))
	case w.Codes == nil || len(*w.Codes) > MaxCodes:
		return m, message.Invalid("codes", "missing or too long", fmt.Sprintf("a list of up to %d codes", MaxCodes))
	}
	m.Seq, m.MIL = uint64(*w.Seq), *w.MIL // checked above
	m.Codes, err = codes(*w.Codes)
	return m, err
}

// codes reads the list; if a code occurs twice for one control unit, the first entry counts.
func codes(list []wireCode) ([]Reported, error) {
	var out []Reported
	seen := map[string]bool{}
	for n, c := range list {
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
		return r, message.Invalid(prefix+"ecu", c.ECU, fmt.Sprintf("1 to %d letters, digits, '-' and '_'", MaxECU))
	}
	if c.Status == nil || *c.Status < 0 || *c.Status > 255 {
		return r, message.Invalid(prefix+"status", message.Shown(c.Status), "an integer from 0 to 255")
	}
	r.Status = dtc.Status(*c.Status) // checked above
	if c.FreezeFrame == nil {
		return r, nil
	}
	r.FreezeFrame = *c.FreezeFrame
	return r, checkFrame(prefix+"freezeFrame", r.FreezeFrame)
}

// checkFrame validates a freeze frame against telemetry's limits for signals and the schema's own.
func checkFrame(field string, s telemetry.Signals) error {
	if len(s) > MaxFrame {
		return message.Invalid(field, fmt.Sprintf("%d signals long", len(s)), fmt.Sprintf("up to %d signals", MaxFrame))
	}
	for path, v := range s {
		if v.Kind() == telemetry.KindTexts {
			return message.Invalid(field+"."+path, "a list", "a number, string, boolean or null")
		}
	}
	if err := telemetry.CheckSignals(s); err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	return nil
}
