// Package trip handles journeys of a car from start to stop: as summarised by the car, or as derived by the platform from telemetry if
// the car sends no summary; with their scores and routes.
package trip

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"connectedcar/internal/vin"
)

// ErrNotFound is returned for a trip that does not exist.
var ErrNotFound = errors.New("no such trip")

// Source is the origin of a trip's summary: the car or the platform.
type Source string

// The sources. A car's summary takes precedence.
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
	ID        string // ULID with the time of the start
	Source    Source
	StartedAt time.Time
	EndedAt   time.Time
	Start     *Place // nil if unknown
	End       *Place
	Totals
	Score *int // 0 (worst) to 100; nil for trips shorter than Scoring.MinDistanceM

	// MessageTS, MessageSeq and MessageID are those of the car's message; a derived trip has only MessageTS, the time of its newest sample.
	// Of two versions of a trip the later one by these fields counts.
	MessageTS  time.Time
	MessageSeq uint64
	MessageID  string
}

// Totals are the totals of a trip.
type Totals struct {
	DistanceM         int64
	DurationS         int64
	IdleS             int64 // standing with the engine or the drive on
	AverageSpeedKPH   float64
	MaxSpeedKPH       float64
	HarshBraking      int // times below -3.5 m/s^2, or the limit of the car or of Limits
	HarshAcceleration int
	HarshCornering    int
	SpeedingS         int64
	FuelL             *float64 // nil if unknown
	EnergyKWh         *float64
}

// Supersedes reports whether t replaces old, a version of the same trip: the car's summary replaces a derived one, and a later version an
// earlier one.
func (t Trip) Supersedes(old Trip) bool { return Compare(t, old) > 0 }

// Compare orders versions of a trip; the greatest is kept, in whatever order they come.
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

// Overlaps reports whether the trips overlap; common ends alone do not count.
func (t Trip) Overlaps(other Trip) bool {
	return t.StartedAt.Before(other.EndedAt) && other.StartedAt.Before(t.EndedAt)
}
