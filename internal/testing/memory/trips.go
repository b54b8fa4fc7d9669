package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Trips is a store of trips.
type Trips struct {
	rows table[[2]string, trip.Trip]
}

// PutTrip writes a trip, unless a version of equal or higher rank is stored, and returns whether it did.
func (s *Trips) PutTrip(_ context.Context, t trip.Trip) (written bool, _ error) {
	s.rows.update([2]string{string(t.VIN), t.ID}, func(old trip.Trip, there bool) (trip.Trip, bool) {
		written = !there || t.Supersedes(old)
		return t, written
	})
	return written, nil
}

// RemoveTrip deletes a trip that the platform derived. A trip for which the car has sent its own summary stays.
func (s *Trips) RemoveTrip(_ context.Context, v vin.VIN, id string) error {
	s.rows.mu.Lock()
	defer s.rows.mu.Unlock()
	if key := [2]string{string(v), id}; s.rows.rows[key].Source == trip.Derived {
		delete(s.rows.rows, key)
	}
	return nil
}

// Trip returns the car's trip with that id; trip.ErrNotFound if there is none.
func (s *Trips) Trip(_ context.Context, v vin.VIN, id string) (trip.Trip, error) {
	t, ok := s.rows.get([2]string{string(v), id})
	if !ok {
		return trip.Trip{}, fmt.Errorf("%s of %s: %w", id, v, trip.ErrNotFound)
	}
	return t, nil
}

// Trips lists a car's trips, the newest first.
func (s *Trips) Trips(_ context.Context, v vin.VIN, f trip.Filter, p paging.Request) (paging.Page[trip.Trip], error) {
	var all []trip.Trip
	for _, t := range s.rows.all() {
		if t.VIN == v && t.ID >= alert.FirstID(f.Since) && !t.StartedAt.Before(f.Since) {
			all = append(all, t)
		}
	}
	return pageOf(all, p, func(t trip.Trip) string { return t.ID })
}

// Starting lists the car's trips whose ids have a time between from and to, the oldest first.
func (s *Trips) Starting(_ context.Context, v vin.VIN, from, to time.Time) ([]trip.Trip, error) {
	var all []trip.Trip
	for _, t := range s.rows.all() {
		if t.VIN == v && t.ID >= alert.FirstID(from) && t.ID <= alert.FirstID(to.Add(time.Millisecond)) {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b trip.Trip) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// All returns all trips, by VIN and id.
func (s *Trips) All() map[[2]string]trip.Trip { return s.rows.all() }

// Between returns the rows of Stretch without its other results.
func (s *History) Between(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) ([]telemetry.Row, error) {
	out, err := s.Stretch(ctx, v, from, to, limit, paths...)
	return out.Rows, err
}

// Stretch reads a car's samples between two times, both included, in order of time: at most limit of them and telemetry.MaxRead bytes,
// with only the signals of those paths.
func (s *History) Stretch(_ context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error) {
	var all []telemetry.Row
	for _, r := range s.rows.all() {
		if r.VIN == v && !r.At.Before(from) && !r.At.After(to) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b telemetry.Row) int { return strings.Compare(a.Sort(), b.Sort()) })
	var out telemetry.Stretch
	budget := telemetry.MaxRead(limit)
	for n, r := range all {
		budget -= r.Signals.Size()
		some := telemetry.Signals{}
		for path, value := range r.Signals {
			if len(paths) == 0 || slices.Contains(paths, path) {
				some[path] = value
			}
		}
		if r.Signals = some; len(some) > 0 {
			out.Rows = append(out.Rows, r)
		}
		if len(out.Rows) >= limit {
			return out, nil
		}
		if budget <= 0 && n < len(all)-1 {
			out.Unread = r.At
			return out, nil
		}
	}
	return out, nil
}

// Erase deletes the start and end positions of the car's trips that started before that time.
func (s *Trips) Erase(_ context.Context, v vin.VIN, before time.Time) error {
	for key, t := range s.rows.all() {
		if t.VIN == v && t.StartedAt.Before(before) {
			s.rows.update(key, func(t trip.Trip, there bool) (trip.Trip, bool) {
				t.Start, t.End = nil, nil
				return t, there
			})
		}
	}
	return nil
}
