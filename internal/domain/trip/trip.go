// Package trip is a journey of a car from start to stop: as the car sums it up, or as the platform derives it from telemetry where
// a car does not; how it is scored, and the way it took.
package trip

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"connectedcar/internal/vin"
)

// ErrNotFound says that there is no such trip.
var ErrNotFound = errors.New("no such trip")

// Source is the author of a trip's summary: the car or the platform.
type Source string

// The sources. What the car says wins.
const (
	ByCar   Source = "car"
	Derived Source = "derived" // from the car's telemetry
)

// Place is a position, in degrees (WGS 84).
type Place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Trip is one trip that has ended.
type Trip struct {
	VIN       vin.VIN
	ID        string // ULID of the start
	Source    Source
	StartedAt time.Time
	EndedAt   time.Time
	Start     *Place // nil if unknown
	End       *Place
	Totals
	Score *int // 0 (worst) to 100; nil below Scoring.MinDistanceM

	// MessageTS, MessageSeq and MessageID are of the message that said it; of a derived trip the time of its newest sample and
	// nothing else. Of two versions of a trip the one with the later position counts.
	MessageTS  time.Time
	MessageSeq uint64
	MessageID  string
}

// Totals are the sums of a trip.
type Totals struct {
	DistanceM         int64
	DurationS         int64
	IdleS             int64 // standing with the engine or the drive on
	AverageSpeedKPH   float64
	MaxSpeedKPH       float64
	HarshBraking      int // times below -3.5 m/s^2, as the car or Limits has it
	HarshAcceleration int
	HarshCornering    int
	SpeedingS         int64
	FuelL             *float64 // nil if unknown
	EnergyKWh         *float64
}

// Supersedes reports whether t is to replace old, a version of the same trip: the car's word before what was derived, then the
// later one.
func (t Trip) Supersedes(old Trip) bool { return Compare(t, old) > 0 }

// Compare orders versions of a trip; the greatest is the one to keep, whatever came first.
func Compare(a, b Trip) int {
	return cmp.Or(cmp.Compare(rank(a.Source), rank(b.Source)), a.MessageTS.Compare(b.MessageTS),
		cmp.Compare(a.MessageSeq, b.MessageSeq), strings.Compare(a.MessageID, b.MessageID), cmp.Compare(a.DistanceM, b.DistanceM))
}

func rank(s Source) int {
	if s == ByCar {
		return 1
	}
	return 0
}

// Overlaps reports whether the trips share a moment that is more than their ends.
func (t Trip) Overlaps(other Trip) bool {
	return t.StartedAt.Before(other.EndedAt) && other.StartedAt.Before(t.EndedAt)
}
