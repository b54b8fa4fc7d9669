package trip

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// Schema names the version of the message that this package reads.
const Schema = "trip/1"

// Limits of a message. The schema has the same ones.
const (
	MaxDistanceM = 10_000_000
	MaxSpeedKPH  = 500
	MaxTimes     = 100_000 // harsh driving of each kind in a trip
	MaxFuelL     = 10_000
	MaxEnergyKWh = 10_000
	// MaxDuration is the longest trip.
	MaxDuration = telemetry.MaxAge
)

// wire is a message as the rules engine forwards it. Pointers distinguish a missing field from a zero.
type wire struct {
	Schema            string          `json:"schema"`
	ID                string          `json:"id"`
	TS                string          `json:"ts"`
	Seq               *message.Whole  `json:"seq"`
	TripID            string          `json:"tripId"`
	StartedAt         string          `json:"startedAt"`
	EndedAt           string          `json:"endedAt"`
	StartPlace        json.RawMessage `json:"startPlace"`
	EndPlace          json.RawMessage `json:"endPlace"`
	DistanceM         *message.Whole  `json:"distanceM"`
	DurationS         *message.Whole  `json:"durationS"`
	IdleS             *message.Whole  `json:"idleS"`
	AverageSpeedKPH   *float64        `json:"averageSpeedKph"`
	MaxSpeedKPH       *float64        `json:"maxSpeedKph"`
	HarshBraking      *message.Whole  `json:"harshBraking"`
	HarshAcceleration *message.Whole  `json:"harshAcceleration"`
	HarshCornering    *message.Whole  `json:"harshCornering"`
	SpeedingS         *message.Whole  `json:"speedingS"`
	FuelL             json.RawMessage `json:"fuelL"`
	EnergyKWh         json.RawMessage `json:"energyKWh"`
}

// Decode decodes a trip message with the rules engine's stamps and validates it against the schema trip-1.json, the stamps against each
// other and the car's time against that of reception. The trip has no score yet. The error is a *message.Rejection.
func Decode(b []byte) (Trip, error) {
	stamped, err := message.Open(b)
	if err != nil {
		return Trip{}, err
	}
	var w wire
	if err := stamped.Decode(&w); err != nil {
		return Trip{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	t, err := w.trip()
	if err != nil {
		return Trip{}, message.Reject(message.SchemaInvalid, stamped.VIN(), err)
	}
	if t.VIN, err = stamped.Car(); err != nil {
		return Trip{}, message.Reject(message.IdentityMismatch, stamped.VIN(), err)
	}
	if verdict := telemetry.ValidateTime(t.MessageTS, stamped.ReceivedAt()); verdict.Quarantine != "" {
		return Trip{}, message.Reject(verdict.Quarantine, stamped.VIN(), errors.New(verdict.Detail))
	}
	return t, nil
}

// trip validates and converts a message.
func (w wire) trip() (Trip, error) {
	t := Trip{ID: w.TripID, Source: ByCar, MessageID: w.ID}
	var err error
	for field, into := range map[string]*time.Time{"ts": &t.MessageTS, "startedAt": &t.StartedAt, "endedAt": &t.EndedAt} {
		if *into, err = telemetry.ParseTime(field, map[string]string{"ts": w.TS, "startedAt": w.StartedAt, "endedAt": w.EndedAt}[field]); err != nil {
			return t, err
		}
	}
	switch {
	case w.Schema != Schema:
		return t, message.Invalid("schema", w.Schema, Schema)
	case !telemetry.IsULID(w.ID):
		return t, message.Invalid("id", w.ID, "a ULID of 26 upper-case characters")
	case !telemetry.IsULID(w.TripID):
		return t, message.Invalid("tripId", w.TripID, "a ULID of 26 upper-case characters")
	case t.EndedAt.Before(t.StartedAt) || t.EndedAt.Sub(t.StartedAt) > MaxDuration:
		return t, message.Invalid("endedAt", w.EndedAt, "from startedAt to 7 days after")
	}
	var seq int64
	if err := w.numbers(&t, &seq); err != nil {
		return t, err
	}
	t.MessageSeq = uint64(seq) // numbers has checked that it is not negative
	if t.Start, err = place("startPlace", w.StartPlace); err != nil {
		return t, err
	}
	t.End, err = place("endPlace", w.EndPlace)
	return t, err
}

// numbers validates and copies the totals.
func (w wire) numbers(t *Trip, seq *int64) error {
	var braking, acceleration, cornering int64
	for _, n := range []struct {
		field string
		from  *message.Whole
		into  *int64
		most  int64
	}{
		{"seq", w.Seq, seq, telemetry.MaxSeq},
		{"distanceM", w.DistanceM, &t.DistanceM, MaxDistanceM},
		{"durationS", w.DurationS, &t.DurationS, int64(MaxDuration.Seconds())},
		{"idleS", w.IdleS, &t.IdleS, int64(MaxDuration.Seconds())},
		{"speedingS", w.SpeedingS, &t.SpeedingS, int64(MaxDuration.Seconds())},
		{"harshBraking", w.HarshBraking, &braking, MaxTimes},
		{"harshAcceleration", w.HarshAcceleration, &acceleration, MaxTimes},
		{"harshCornering", w.HarshCornering, &cornering, MaxTimes},
	} {
		if n.from == nil || *n.from < 0 || int64(*n.from) > n.most {
			return message.Invalid(n.field, message.Shown(n.from), fmt.Sprintf("an integer from 0 to %d", n.most))
		}
		*n.into = int64(*n.from)
	}
	t.HarshBraking, t.HarshAcceleration, t.HarshCornering = int(braking), int(acceleration), int(cornering)
	for field, f := range map[string]*float64{"averageSpeedKph": w.AverageSpeedKPH, "maxSpeedKph": w.MaxSpeedKPH} {
		if f == nil || *f < 0 || *f > MaxSpeedKPH {
			return message.Invalid(field, message.Shown(f), fmt.Sprintf("a number from 0 to %d", MaxSpeedKPH))
		}
	}
	t.AverageSpeedKPH, t.MaxSpeedKPH = *w.AverageSpeedKPH, *w.MaxSpeedKPH
	// By rounding, a car may count one second more than has passed; the schema cannot express this, so it is corrected and not rejected.
	t.IdleS, t.SpeedingS = min(t.IdleS, t.DurationS), min(t.SpeedingS, t.DurationS)
	var err error
	if t.FuelL, err = optional("fuelL", w.FuelL, 0, MaxFuelL); err != nil {
		return err
	}
	t.EnergyKWh, err = optional("energyKWh", w.EnergyKWh, -MaxEnergyKWh, MaxEnergyKWh)
	return err
}

// optional decodes a number that may be missing, but not null.
func optional(field string, raw json.RawMessage, lowest, highest float64) (*float64, error) {
	if raw == nil {
		return nil, nil
	}
	var f *float64
	if err := json.Unmarshal(raw, &f); err != nil || f == nil || *f < lowest || *f > highest {
		return nil, message.Invalid(field, string(raw), fmt.Sprintf("a number from %g to %g", lowest, highest))
	}
	return f, nil
}

// place decodes a position that may be missing, but not null.
func place(field string, raw json.RawMessage) (*Place, error) {
	if raw == nil {
		return nil, nil
	}
	var p struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
	}
	const allowed = "an object with latitude and longitude in degrees"
	if err := message.Strict(raw, &p); err != nil || p.Latitude == nil || p.Longitude == nil {
		return nil, message.Invalid(field, "something else", allowed)
	}
	if *p.Latitude < -90 || *p.Latitude > 90 || *p.Longitude < -180 || *p.Longitude > 180 {
		return nil, message.Invalid(field, "outside the Earth", allowed)
	}
	if telemetry.NowhereAt(*p.Latitude, *p.Longitude) {
		return nil, nil // 0, 0 is the position of a receiver without a fix
	}
	return &Place{Latitude: *p.Latitude, Longitude: *p.Longitude}, nil
}

// Ended is the message with which the platform reports that a car has probably ended a trip, so that the trip is derived from its
// telemetry if the car sends no summary. It is sent to the queue of trips, with a delay that gives the car time to send one.
type Ended struct {
	Schema string    `json:"schema"` // always EndedSchema
	VIN    vin.VIN   `json:"vin"`
	At     time.Time `json:"at"` // the end of the trip, or later
}

// EndedSchema names the version of Ended.
const EndedSchema = "trip-ended/1"

// DecodeEnded decodes an Ended; ok is false for a message of another schema. The error is a *message.Rejection.
func DecodeEnded(b []byte) (e Ended, ok bool, err error) {
	if message.Strict(b, &e) != nil || e.Schema != EndedSchema {
		return Ended{}, false, nil
	}
	if _, err := vin.Parse(string(e.VIN)); err != nil {
		return e, true, message.Reject(message.SchemaInvalid, string(e.VIN), err)
	}
	if e.At.IsZero() {
		return e, true, message.Reject(message.SchemaInvalid, string(e.VIN), message.Invalid("at", "missing", "a time"))
	}
	return e, true, nil
}
