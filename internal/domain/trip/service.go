package trip

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Filter selects trips; the zero value selects all. Lists are newest first.
type Filter struct {
	Since time.Time // started at this time or later
}

// Store keeps trips.
type Store interface {
	// PutTrip writes a trip unless it does not supersede the stored version, and reports whether it wrote.
	PutTrip(ctx context.Context, t Trip) (bool, error)
	// RemoveTrip removes a derived trip; it does nothing if the car has sent a summary of the trip in the meantime.
	RemoveTrip(ctx context.Context, v vin.VIN, id string) error
	// Starting returns the trips of a car whose ids are between two times, both included, the oldest first, with a consistent read.
	Starting(ctx context.Context, v vin.VIN, from, to time.Time) ([]Trip, error)
}

// Reader reads trips.
type Reader interface {
	// Trip returns the trip of that car with that id; ErrNotFound if there is none.
	Trip(ctx context.Context, v vin.VIN, id string) (Trip, error)
	Trips(ctx context.Context, v vin.VIN, f Filter, p paging.Request) (paging.Page[Trip], error)
}

// Samples reads hot history.
type Samples interface {
	// Between returns a car's samples between two times, both included, in order of time, at most limit, with only the signals
	// of those paths. Samples without any of them are left out.
	Between(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) ([]telemetry.Row, error)
}

// Service keeps the trips of cars. It is their only writer.
type Service struct {
	store   Store
	samples Samples
	scoring Scoring
	limits  Limits

	// Faults is called with the implausible values that a derivation ignored. Nil ignores them silently.
	Faults func(v vin.VIN, faults []Fault)
}

// NewService returns a service that keeps trips in that store, and derives them from those samples.
func NewService(store Store, samples Samples, s Scoring, l Limits) *Service {
	return &Service{store: store, samples: samples, scoring: s, limits: l}
}

// Handle writes a car's summary of a trip, with its score. It replaces an older version of the trip and derived trips of the
// same time, and reports whether it changed the trip. A repeated or outdated message changes nothing.
func (b *Service) Handle(ctx context.Context, t Trip) (bool, error) {
	t.Score = b.scoring.Score(t.Totals)
	written, err := b.store.PutTrip(ctx, t)
	if err != nil {
		return false, fmt.Errorf("store trip %s: %w", t.ID, err)
	}
	return written, b.settle(ctx, t.VIN, t.StartedAt, t.EndedAt)
}

// Limits of a derivation.
const (
	window     = 24 * time.Hour // how long before its end a trip may have begun
	maxSamples = 50_000
)

// Derive derives the trips of a car that ended in the day before at, unless the car has sent its own summaries. now is
// the present time. It returns the number of trips that it wrote.
func (b *Service) Derive(ctx context.Context, v vin.VIN, at, now time.Time) (int, error) {
	from := at.Add(-window)
	known, err := b.store.Starting(ctx, v, from.Add(-window), at)
	if err != nil {
		return 0, fmt.Errorf("read the trips: %w", err)
	}
	if said(known, at) {
		return 0, nil
	}
	rows, err := b.samples.Between(ctx, v, from, at, maxSamples, Paths()...)
	if err != nil {
		return 0, fmt.Errorf("read the samples: %w", err)
	}
	if faults := sift(rows); len(faults) > 0 && b.Faults != nil {
		b.Faults(v, faults)
	}
	written := 0
	for _, t := range Derive(v, rows, from, now, b.limits) {
		if overlapped(t, known) {
			continue
		}
		t.Score = b.scoring.Score(t.Totals)
		changed, err := b.store.PutTrip(ctx, t)
		if err != nil {
			return written, fmt.Errorf("store derived trip %s: %w", t.ID, err)
		}
		if changed {
			written++
		}
	}
	if written == 0 {
		return 0, nil
	}
	return written, b.settle(ctx, v, from, at)
}

// said reports whether the car itself has sent the summary of a trip that ended at about that time, so that none need be derived.
func said(known []Trip, at time.Time) bool {
	const about = 5 * time.Minute
	for _, t := range known {
		if t.Source == ByCar && at.Sub(t.EndedAt).Abs() <= about {
			return true
		}
	}
	return false
}

// overlapped reports whether the car has sent a summary that overlaps a derived trip.
func overlapped(t Trip, known []Trip) bool {
	for _, k := range known {
		if k.Source == ByCar && (k.ID == t.ID || k.Overlaps(t)) {
			return true
		}
	}
	return false
}

// settle removes derived trips that overlap a better one, from the car or from a derivation with more samples. Every writer writes before
// it settles, so of two concurrent writers the later one sees both trips.
func (b *Service) settle(ctx context.Context, v vin.VIN, from, to time.Time) error {
	all, err := b.store.Starting(ctx, v, from.Add(-window), to)
	if err != nil {
		return fmt.Errorf("read the trips of the time: %w", err)
	}
	for _, t := range all {
		if t.Source != Derived || !beaten(t, all) {
			continue
		}
		if err := b.store.RemoveTrip(ctx, v, t.ID); err != nil {
			return fmt.Errorf("remove derived trip %s: %w", t.ID, err)
		}
	}
	return nil
}

// beaten reports whether a better trip overlaps a trip.
func beaten(t Trip, all []Trip) bool {
	for _, other := range all {
		if other.ID != t.ID && other.Overlaps(t) && (Compare(other, t) > 0 || Compare(other, t) == 0 && other.ID < t.ID) {
			return true
		}
	}
	return false
}
