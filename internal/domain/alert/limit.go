package alert

import (
	"context"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/optimistic"
)

// RowsPerHour is the number of new alerts of one car in an hour of our clock, whatever times and codes it sends. Crash and tow are always
// written: each has one alert at a time.
const RowsPerHour = 100

// Limit bounds the new alerts of a car.
type Limit struct {
	Now  func() time.Time
	Full func(n Notice) // is called for each notice that is dropped
}

// Limited returns the service with that limit.
func (b *Service) Limited(l Limit) *Service {
	limited := *b
	limited.limit = &l
	return &limited
}

// Urgent reports whether a kind of alert passes limits that are there for floods, and has a way of its own to people.
func (k Kind) Urgent() bool { return k == Crash || k == Tow }

// admit counts an alert that a notice makes; false if its car has made too many.
func (b *Service) admit(ctx context.Context, n Notice, before, after []Alert) (bool, error) {
	known := func(a Alert) bool {
		return slices.ContainsFunc(before, func(old Alert) bool { return old.ID == a.ID })
	}
	if b.limit == nil || n.Kind.Urgent() || !slices.ContainsFunc(after, func(a Alert) bool { return !known(a) }) {
		return true, nil
	}
	hour := b.limit.Now().UTC().Truncate(time.Hour)
	within := false
	err := optimistic.Retry(ctx, ErrStale, func() error {
		// The count is the version of a thread that is nothing else: writing it once more counts.
		count, err := b.store.Thread(ctx, n.VIN, "rows/"+hour.Format("2006-01-02T15"))
		if err != nil {
			return fmt.Errorf("read the count of new alerts: %w", err)
		}
		if within = count.Version < RowsPerHour; !within {
			return nil
		}
		count.Floor = hour.UnixMilli() // from which the row's expiry follows
		return b.store.Commit(ctx, count, nil, nil)
	})
	if err == nil && !within {
		b.limit.Full(n)
	}
	return within, err
}
