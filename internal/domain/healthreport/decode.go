package healthreport

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/telemetry"
)

// Limits of a message. The schema states the same ones.
const (
	MaxDTCs             = 256
	MaxOdometerM        = 10_000_000_000
	MaxServiceDistanceM = 10_000_000 // either way
)

// stored is a row as the rule writes it: the car's message and the stamps.
type stored struct {
	Schema           string            `json:"schema"`
	ID               string            `json:"id"`
	TS               string            `json:"ts"`
	TripID           *string           `json:"tripId"`
	OdometerM        *telemetry.Whole  `json:"odometerM"`
	Systems          map[System]Status `json:"systems"`
	DTCs             []*string         `json:"dtcs"`
	ServiceDistanceM *telemetry.Whole  `json:"serviceDistanceM"`

	ReportID   string          `json:"reportId"`
	VIN        string          `json:"vin"`
	ClientID   string          `json:"clientId"`
	IngestedAt telemetry.Whole `json:"ingestedAt"`
}

var storedFields = []string{
	"schema", "id", "ts", "tripId", "odometerM", "systems", "dtcs", "serviceDistanceM", "reportId", "vin", "clientId", "ingestedAt",
}

// Decode reads a report as the rule stored it, in JSON, and holds it against the schema healthreport-1.json and the stamps against
// each other. Nobody looked at it before: the rule stores whatever cars send. The error wraps ErrUnreadable.
func Decode(b []byte) (Report, error) {
	r, err := decode(b)
	if err != nil {
		return Report{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return r, nil
}

func decode(b []byte) (Report, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return Report{}, fmt.Errorf("%w: %w", telemetry.ErrNotJSON, err)
	}
	for name := range fields {
		if !slices.Contains(storedFields, name) {
			return Report{}, invalid(fmt.Sprintf("unknown field %.64q", name), "there", "one of "+strings.Join(storedFields, ", "))
		}
	}
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return Report{}, err
	}
	return s.report()
}

func (s stored) report() (Report, error) {
	r := Report{ID: s.ReportID, Progress: Ready, Source: ByCar, Systems: s.Systems, DTCs: []string{}}
	stamps := telemetry.Received{VIN: s.VIN, ClientID: s.ClientID, IngestedAt: int64(s.IngestedAt)}
	var err error
	if r.VIN, err = stamps.Identity(); err != nil {
		return r, err
	}
	if r.TS, err = telemetry.ParseTime("ts", s.TS); err != nil {
		return r, err
	}
	switch {
	case s.Schema != Schema:
		return r, invalid("schema", s.Schema, Schema)
	case !telemetry.IsULID(s.ID) || s.ReportID != s.ID:
		return r, invalid("id", s.ID, "a ULID of 26 upper-case characters")
	case s.TripID != nil && !telemetry.IsULID(*s.TripID):
		return r, invalid("tripId", *s.TripID, "a ULID of 26 upper-case characters")
	case s.OdometerM == nil || *s.OdometerM < 0 || *s.OdometerM > MaxOdometerM:
		return r, invalid("odometerM", shown(s.OdometerM), fmt.Sprintf("an integer from 0 to %d", int64(MaxOdometerM)))
	case s.ServiceDistanceM != nil && (*s.ServiceDistanceM < -MaxServiceDistanceM || *s.ServiceDistanceM > MaxServiceDistanceM):
		return r, invalid("serviceDistanceM", shown(s.ServiceDistanceM), fmt.Sprintf("an integer of magnitude up to %d", MaxServiceDistanceM))
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

// checkSystems holds that every system has a status, and nothing else has.
func (s stored) checkSystems() error {
	for _, system := range Systems() {
		if status := s.Systems[system]; !slices.Contains([]Status{Unknown, OK, Attention, Service}, status) {
			return invalid("systems."+string(system), string(status), "OK, ATTENTION, SERVICE or UNKNOWN")
		}
	}
	if len(s.Systems) != len(Systems()) {
		return invalid("systems", fmt.Sprint(slices.Sorted(maps.Keys(s.Systems))), fmt.Sprint(Systems()))
	}
	return nil
}

func (s stored) codes() ([]string, error) {
	if len(s.DTCs) > MaxDTCs {
		return nil, invalid("dtcs", fmt.Sprintf("%d codes long", len(s.DTCs)), fmt.Sprintf("up to %d codes", MaxDTCs))
	}
	codes := []string{}
	for n, c := range s.DTCs {
		if c == nil {
			return nil, invalid(fmt.Sprintf("dtcs[%d]", n), "null", "a trouble code")
		}
		if _, err := dtc.Parse(*c); err != nil {
			return nil, fmt.Errorf("dtcs[%d]: %w", n, err)
		}
		codes = append(codes, *c)
	}
	return codes, nil
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
