package anomaly

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// Errors of dismissals.
var (
	// ErrChanged is returned when a car's dismissals were changed by another writer since they were read.
	ErrChanged = errs.As(errs.Conflict, errors.New("the dismissals have changed since they were read"))
	// ErrTooMany is returned for a car that already has MaxDismissals.
	ErrTooMany = errs.As(errs.Conflict, fmt.Errorf("%d alerts of this car are dismissed, which is the most at one time", MaxDismissals))
)

// DismissalStore keeps the dismissals of cars.
type DismissalStore interface {
	// Dismissals returns the dismissals of a car, with a consistent read.
	Dismissals(ctx context.Context, v vin.VIN) ([]Dismissal, error)
	// ReplaceDismissals writes a car's dismissals if the stored ones still equal before; otherwise ErrChanged.
	ReplaceDismissals(ctx context.Context, v vin.VIN, before, after []Dismissal) error
}

// Feedback dismisses alerts. All fields are required.
type Feedback struct {
	Store DismissalStore
	Now   func() time.Time
}

// Dismiss records that an alert was harmless. Dismissing an alert twice has the effect of once. It fails with an error of category
// errs.Invalid for an alert that is not Dismissible, and with ErrTooMany.
func (f *Feedback) Dismiss(ctx context.Context, v vin.VIN, a alert.Alert) error {
	if err := Dismissible(a); err != nil {
		return err
	}
	return f.change(ctx, v, func(all []Dismissal) ([]Dismissal, error) {
		if slices.ContainsFunc(all, func(d Dismissal) bool { return d.AlertID == a.ID }) {
			return all, nil
		}
		if len(all) >= MaxDismissals {
			return nil, ErrTooMany
		}
		return append(slices.Clone(all), Dismissal{AlertID: a.ID, Key: a.DedupKey, At: a.FirstAt.UTC()}), nil
	})
}

// Withdraw removes the dismissal of an alert. It does nothing if there is none.
func (f *Feedback) Withdraw(ctx context.Context, v vin.VIN, alertID string) error {
	return f.change(ctx, v, func(all []Dismissal) ([]Dismissal, error) {
		return slices.DeleteFunc(slices.Clone(all), func(d Dismissal) bool { return d.AlertID == alertID }), nil
	})
}

// List returns the dismissals of a car that still count, the oldest first.
func (f *Feedback) List(ctx context.Context, v vin.VIN) ([]Dismissal, error) {
	all, err := f.Store.Dismissals(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("read the dismissals: %w", err)
	}
	return f.counting(all), nil
}

// change reads a car's dismissals, drops the expired ones, and writes them if do changed any.
func (f *Feedback) change(ctx context.Context, v vin.VIN, do func([]Dismissal) ([]Dismissal, error)) error {
	return optimistic.Retry(ctx, ErrChanged, func() error {
		before, err := f.Store.Dismissals(ctx, v)
		if err != nil {
			return fmt.Errorf("read the dismissals: %w", err)
		}
		after, err := do(f.counting(before))
		if err != nil || slices.Equal(before, after) {
			return err
		}
		return f.Store.ReplaceDismissals(ctx, v, before, after)
	})
}

func (f *Feedback) counting(all []Dismissal) []Dismissal {
	return slices.DeleteFunc(slices.Clone(all), func(d Dismissal) bool { return !d.Counts(f.Now()) })
}
