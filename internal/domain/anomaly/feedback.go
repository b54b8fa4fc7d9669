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
	// ErrChanged says that a car's dismissals were changed by somebody else since they were read.
	ErrChanged = errs.As(errs.Conflict, errors.New("the dismissals have changed since they were read"))
	// ErrTooMany says that a car has MaxDismissals.
	ErrTooMany = errs.As(errs.Conflict, fmt.Errorf("%d alerts of this car are dismissed, which is the most at one time", MaxDismissals))
)

// DismissalStore keeps the dismissals of cars.
type DismissalStore interface {
	// Dismissals are those of that car, read consistently.
	Dismissals(ctx context.Context, v vin.VIN) ([]Dismissal, error)
	// ReplaceDismissals writes a car's dismissals if the stored ones are still those of before; otherwise ErrChanged.
	ReplaceDismissals(ctx context.Context, v vin.VIN, before, after []Dismissal) error
}

// Feedback takes people's word that an alert was nothing. All fields are required.
type Feedback struct {
	Store DismissalStore
	Now   func() time.Time
}

// Dismiss remembers that an alert was nothing. Doing so twice is doing so once. It fails with an error of category errs.Invalid for an
// alert that is not Dismissible, and with ErrTooMany.
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

// Withdraw takes the word back. There need not be one.
func (f *Feedback) Withdraw(ctx context.Context, v vin.VIN, alertID string) error {
	return f.change(ctx, v, func(all []Dismissal) ([]Dismissal, error) {
		return slices.DeleteFunc(slices.Clone(all), func(d Dismissal) bool { return d.AlertID == alertID }), nil
	})
}

// List are the dismissals of a car that count, the oldest first.
func (f *Feedback) List(ctx context.Context, v vin.VIN) ([]Dismissal, error) {
	all, err := f.Store.Dismissals(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("read the dismissals: %w", err)
	}
	return f.counting(all), nil
}

// change reads a car's dismissals, drops those that count no more, and writes them if do changed any.
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
