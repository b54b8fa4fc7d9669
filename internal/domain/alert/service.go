package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// ErrStale is returned when a thread was changed by another writer since it was read.
var ErrStale = errs.As(errs.Conflict, errors.New("the thread of alerts has changed since it was read"))

// Store keeps threads and their alerts.
type Store interface {
	// Thread returns the thread as last written; an empty one of Version 0 if there is none.
	Thread(ctx context.Context, vin, dedupKey string) (Thread, error)
	// Commit writes a thread if the stored one still has its Version, increments the version, and writes and removes alerts of that
	// thread's VIN, all or nothing; ErrStale if the thread was changed since it was read.
	Commit(ctx context.Context, t Thread, put []Alert, remove []string) error
	// Alert returns the alert of that car with that id as last written; ErrNotFound if there is none.
	Alert(ctx context.Context, vin, id string) (Alert, error)
	// OfVehicle lists a car's alerts, the newest first.
	OfVehicle(ctx context.Context, vin string, f Filter, p paging.Request) (paging.Page[Alert], error)
}

// Cars looks up the cars that alerts are about.
type Cars interface {
	// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// Service raises, repeats, acknowledges and resolves alerts: their single writer. Of each (VIN, dedup key) at most
// one alert is not resolved. Calls may be repeated and come in any order: the resulting alerts are the same.
type Service struct {
	store Store
	cars  Cars
	limit *Limit // nil: none
}

// NewService keeps alerts in that store, without a limit of new ones: see Limited.
func NewService(store Store, cars Cars) *Service { return &Service{store: store, cars: cars} }

// Raise reports that something is wrong. It returns the alert that the notice belongs to and whether the notice created it. The alert
// is zero if there is none: the notice is too old for the thread, or too few have come yet (Policy.AtLeast). A notice that is
// older than the alert's resolution opens nothing. An error of category errs.Invalid means an invalid notice.
func (b *Service) Raise(ctx context.Context, n Notice) (Alert, bool, error) {
	n, err := n.complete()
	if err != nil {
		return Alert{}, false, err
	}
	m := mark{
		At: n.At.UnixMilli(), Kind: n.Kind, Severity: n.Severity, Value: n.Value, Threshold: n.Threshold, Unit: n.Unit,
		TripID: n.TripID, Detail: n.Detail,
	}
	var before, after []Alert
	err = b.change(ctx, n.VIN, n.DedupKey, func(t *Thread) (bool, error) {
		before = t.Alerts()
		if t.lacks(m) {
			of, err := audience(ctx, b.cars, Alert{VIN: n.VIN, Kind: n.Kind, Audience: n.madeBy()})
			if err != nil {
				return false, err
			}
			m.Audience, m.DealerID, t.Told = of.Audience, of.DealerID, &of
		}
		added := t.add(m)
		after = t.Alerts()
		admitted, err := b.admit(ctx, n, before, after)
		if !admitted {
			after = before
		}
		return added && admitted, err
	})
	if err != nil {
		return Alert{}, false, fmt.Errorf("raise %s: %w", n.DedupKey, err)
	}
	a := holding(after, n.At)
	created := a.ID != "" && a.Status != Resolved && !slices.ContainsFunc(before, func(old Alert) bool {
		return old.ID == a.ID || !old.FirstAt.Before(a.FirstAt) && !old.FirstAt.After(a.LastAt)
	})
	return a, created, nil
}

// Repeat reports that something that was raised is still wrong. It counts once a minute; calls in between only read.
func (b *Service) Repeat(ctx context.Context, vin, dedupKey string, at time.Time) error {
	if err := checkKey(vin, dedupKey, at); err != nil {
		return err
	}
	err := b.change(ctx, vin, dedupKey, func(t *Thread) (bool, error) { return t.repeat(at), nil })
	if err != nil {
		return fmt.Errorf("repeat %s: %w", dedupKey, err)
	}
	return nil
}

// Resolve reports that something is right again since that time. It returns the thread's newest alert and whether this call
// resolved it; the alert is zero if there is none.
func (b *Service) Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (Alert, bool, error) {
	if err := checkKey(vin, dedupKey, at); err != nil {
		return Alert{}, false, err
	}
	return b.clear(ctx, vin, dedupKey, mark{At: at.UnixMilli(), Clear: true})
}

// clear adds a clearing mark.
func (b *Service) clear(ctx context.Context, vin, dedupKey string, m mark) (Alert, bool, error) {
	var before, after Alert
	err := b.change(ctx, vin, dedupKey, func(t *Thread) (bool, error) {
		before = newest(t.Alerts())
		added := t.add(m)
		after = newest(t.Alerts())
		return added, nil
	})
	if err != nil {
		return Alert{}, false, fmt.Errorf("resolve %s: %w", dedupKey, err)
	}
	return after, before.ID == after.ID && before.Status != Resolved && after.Status == Resolved, nil
}

// change reads a thread, lets do change it, and writes the result. do reports whether it changed anything.
func (b *Service) change(ctx context.Context, vin, dedupKey string, do func(*Thread) (bool, error)) error {
	return optimistic.Retry(ctx, ErrStale, func() error {
		t, err := b.store.Thread(ctx, vin, dedupKey)
		if err != nil {
			return fmt.Errorf("read the thread: %w", err)
		}
		return b.commit(ctx, t, do)
	})
}

func (b *Service) commit(ctx context.Context, t Thread, do func(*Thread) (bool, error)) error {
	before := t.Alerts()
	changed, err := do(&t)
	if err != nil || !changed {
		return err
	}
	after := t.Alerts()
	t.settle()
	put, remove := optimistic.Difference(before, after, func(a Alert) string { return a.ID })
	if err := b.store.Commit(ctx, t, put, remove); err != nil {
		return fmt.Errorf("write the thread: %w", err)
	}
	return nil
}

// holding returns the alert that lasted from before to after a time; zero if there is none.
func holding(all []Alert, at time.Time) Alert {
	for _, a := range slices.Backward(all) {
		if !at.Before(a.FirstAt) && !at.After(a.LastAt) {
			return a
		}
	}
	return Alert{}
}

func newest(all []Alert) Alert {
	if len(all) == 0 {
		return Alert{}
	}
	return all[len(all)-1]
}
