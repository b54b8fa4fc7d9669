package healthreport

import (
	"fmt"
	"maps"
	"slices"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
)

// Limits of a message. The schema has the same ones.
const (
	MaxDTCs             = 256
	MaxOdometerM        = 10_000_000_000
	MaxServiceDistanceM = 10_000_000 // in either direction
)

// wire is a report as the car sent it.
type wire struct {
	Schema           string            `json:"schema"`
	ID               string            `json:"id"`
	TS               string            `json:"ts"`
	TripID           *string           `json:"tripId"`
	OdometerM        *message.Whole    `json:"odometerM"`
	Systems          map[System]Status `json:"systems"`
	DTCs             []*string         `json:"dtcs"`
	ServiceDistanceM *message.Whole    `json:"serviceDistanceM"`
}

// Decode reads a report as the rule stored it, in JSON, and validates it against the schema healthreport-1.json and the stamps against
// each other. It is the first validation: the rule stores whatever cars send. The error wraps ErrUnreadable.
func Decode(b []byte) (Report, error) {
	r, err := decode(b)
	if err != nil {
		return Report{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return r, nil
}

func decode(b []byte) (Report, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Report{}, err
	}
	var w wire
	if err := stamped.Decode(&w); err != nil {
		return Report{}, err
	}
	if stamped.ReportID() != w.ID {
		return Report{}, message.Invalid("id", w.ID, "the id under which it is stored")
	}
	r, err := w.report()
	if err != nil {
		return r, err
	}
	r.VIN, err = stamped.Car()
	return r, err
}

func (s wire) report() (Report, error) {
	r := Report{ID: s.ID, Progress: Ready, Source: ByCar, Systems: s.Systems, DTCs: []string{}}
	var err error
	if r.TS, err = telemetry.ParseTime("ts", s.TS); err != nil {
		return r, err
	}
	switch {
	case s.Schema != Schema:
		return r, message.Invalid("schema", s.Schema, Schema)
	case !telemetry.IsULID(s.ID):
		return r, message.Invalid("id", s.ID, "a ULID of 26 upper-case characters")
	case s.TripID != nil && !telemetry.IsULID(*s.TripID):
		return r, message.Invalid("tripId", *s.TripID, "a ULID of 26 upper-case characters")
	case s.OdometerM == nil || *s.OdometerM < 0 || *s.OdometerM > MaxOdometerM:
		return r, message.Invalid("odometerM", message.Shown(s.OdometerM), fmt.Sprintf("an integer from 0 to %d", int64(MaxOdometerM)))
	case s.ServiceDistanceM != nil && (*s.ServiceDistanceM < -MaxServiceDistanceM || *s.ServiceDistanceM > MaxServiceDistanceM):
		return r, message.Invalid("serviceDistanceM", message.Shown(s.ServiceDistanceM), fmt.Sprintf("an integer of magnitude up to %d", MaxServiceDistanceM))
	}
	if s.TripID != nil {
		r.TripID = *s.TripID
	}
	r.OdometerM, r.ServiceDistanceM = (*int64)(s.OdometerM), (*int64)(s.ServiceDistanceM)
	if err := s.checkSystems(); err != nil {
		return r, err
	}
	r.DTCs, err = s.codes()
	return r, err
}

// checkSystems checks that every system has a valid status, and that there are no unknown systems.
func (s wire) checkSystems() error {
	for _, system := range Systems() {
		if status := s.Systems[system]; !slices.Contains([]Status{Unknown, OK, Attention, Service}, status) {
			return message.Invalid("systems."+string(system), string(status), "OK, ATTENTION, SERVICE or UNKNOWN")
		}
	}
	if len(s.Systems) != len(Systems()) {
		return message.Invalid("systems", fmt.Sprint(slices.Sorted(maps.Keys(s.Systems))), fmt.Sprint(Systems()))
	}
	return nil
}

func (s wire) codes() ([]string, error) {
	if len(s.DTCs) > MaxDTCs {
		return nil, message.Invalid("dtcs", fmt.Sprintf("%d codes long", len(s.DTCs)), fmt.Sprintf("up to %d codes", MaxDTCs))
	}
	codes := []string{}
	for n, c := range s.DTCs {
		if c == nil {
			return nil, message.Invalid(fmt.Sprintf("dtcs[%d]", n), "null", "a trouble code")
		}
		if _, err := dtc.Parse(*c); err != nil {
			return nil, fmt.Errorf("dtcs[%d]: %w", n, err)
		}
		codes = append(codes, *c)
	}
	return codes, nil
}
