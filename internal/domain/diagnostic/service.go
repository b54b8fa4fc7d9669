package diagnostic

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// ErrStale is returned when a journal was changed by another writer since it was read.
var ErrStale = errs.As(errs.Conflict, errors.New("the journal of diagnostics has changed since it was read"))

// MaxChanges is the number of records that a store must be able to write and remove in one Commit.
const MaxChanges = 90

// Store keeps journals and the records that are derived from them.
type Store interface {
	// Journal returns a car's journal as last written; an empty one of Version 0 if there is none.
	Journal(ctx context.Context, v vin.VIN) (Journal, error)
	// Commit writes a journal if the stored one still has its Version, increments the version, and writes and removes records of that
	// car, at most MaxChanges, all or nothing; ErrStale if the journal was changed since it was read.
	Commit(ctx context.Context, j Journal, put []Record, remove []string) error
	// PutFrames stores the freeze frames of a message by fault (code#ecu). Repeating it changes nothing.
	PutFrames(ctx context.Context, v vin.VIN, messageID string, frames map[string]telemetry.Signals) error
}

// Cars looks up cars, for their dealers.
type Cars interface {
	// Vehicle returns the car with that VIN; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
}

// Alerts raises and resolves the alerts of faults. Repeated calls, in any order, change nothing.
type Alerts interface {
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
	Resolve(ctx context.Context, vin, dedupKey string, at time.Time) (alert.Alert, bool, error)
}

// Service keeps the faults of cars. It is their only writer.
type Service struct {
	store  Store
	cars   Cars
	alerts Alerts
	table  dtc.Table
}

// NewService returns a service that keeps faults in that store, with the severities and descriptions of that table.
func NewService(store Store, cars Cars, alerts Alerts, table dtc.Table) *Service {
	return &Service{store: store, cars: cars, alerts: alerts, table: table}
}

// Outcome is the result of processing a message.
type Outcome string

// The outcomes.
const (
	Applied   Outcome = "applied"
	Duplicate Outcome = "duplicate" // the message was processed before
	TooLate   Outcome = "too_late"  // the message is older than the journal's floor: nothing changed
)

// Handle processes a message. Whatever the order and repetitions of messages, the records and alerts are those of all messages once and
// in order. It may be repeated for the same message, and must be after an error.
func (b *Service) Handle(ctx context.Context, r Received) (Outcome, error) {
	dealer, err := b.dealer(ctx, r.VIN)
	if err != nil {
		return "", err
	}
	if err := b.putFrames(ctx, r); err != nil {
		return "", err
	}
	m, outcome := markOf(r.Message), Duplicate
	after, err := b.change(ctx, r.VIN, func(j *Journal) (bool, error) {
		outcome = Duplicate
		if j.settled(m.position) {
			outcome = TooLate
			return false, nil
		}
		moved := j.DealerID != dealer
		j.DealerID = dealer
		if j.add(m) {
			outcome = Applied
		}
		return moved || outcome == Applied, nil
	})
	if err != nil || outcome == TooLate {
		return outcome, err
	}
	return outcome, b.tell(ctx, r.VIN, m, after)
}

// dealer returns the car's dealer; empty if it has none or the car is unknown.
func (b *Service) dealer(ctx context.Context, v vin.VIN) (string, error) {
	car, err := b.cars.Vehicle(ctx, v)
	if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
		return "", fmt.Errorf("look up the car: %w", err)
	}
	return car.DealerID, nil
}

func (b *Service) putFrames(ctx context.Context, r Received) error {
	frames := map[string]telemetry.Signals{}
	for _, c := range r.Codes {
		if len(c.FreezeFrame) > 0 {
			frames[c.Key()] = c.FreezeFrame
		}
	}
	if len(frames) == 0 || r.Kind == Clear {
		return nil
	}
	if err := b.store.PutFrames(ctx, r.VIN, r.ID, frames); err != nil {
		return fmt.Errorf("keep the freeze frames: %w", err)
	}
	return nil
}

// change reads a journal, lets do change it, and writes the journal and the records that change. do reports whether it changed anything.
// It returns the new journal.
func (b *Service) change(ctx context.Context, v vin.VIN, do func(*Journal) (bool, error)) (Journal, error) {
	var after Journal
	err := optimistic.Retry(ctx, ErrStale, func() error {
		j, err := b.store.Journal(ctx, v)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		after, err = b.commit(ctx, j, do)
		return err
	})
	return after, err
}

// commit applies a change. The list of a change that is too large for one transaction is stored in the journal first, and its records are
// then written in several transactions. The next commit finishes them before its own change, also after a failure.
func (b *Service) commit(ctx context.Context, j Journal, do func(*Journal) (bool, error)) (Journal, error) {
	j, err := b.finish(ctx, j)
	if err != nil {
		return j, err
	}
	before := j.Records(b.table)
	changed, err := do(&j)
	if err != nil || !changed {
		return j, err
	}
	put, remove := optimistic.Difference(before, j.Records(b.table), func(r Record) string { return r.ID })
	full := j
	j.settle()
	if len(put)+len(remove) <= MaxChanges {
		return full, b.write(ctx, &j, put, remove)
	}
	j = full // finish derives the records from the journal before it is settled
	j.Unsettled = &unsettled{Remove: remove}
	for _, r := range put {
		j.Unsettled.Put = append(j.Unsettled.Put, r.ID)
	}
	if err := b.write(ctx, &j, nil, nil); err != nil {
		return j, err
	}
	return b.finish(ctx, j)
}

// finish writes the outstanding records of an earlier change.
func (b *Service) finish(ctx context.Context, j Journal) (Journal, error) {
	for j.Unsettled != nil {
		u := *j.Unsettled
		n := min(len(u.Put), MaxChanges)
		m := min(len(u.Remove), MaxChanges-n)
		var put []Record
		for _, r := range j.Records(b.table) {
			if slices.Contains(u.Put[:n], r.ID) {
				put = append(put, r)
			}
		}
		remove := u.Remove[:m]
		u.Put, u.Remove = u.Put[n:], u.Remove[m:]
		j.Unsettled = &u
		if len(u.Put)+len(u.Remove) == 0 {
			j.Unsettled = nil
		}
		if err := b.write(ctx, &j, put, remove); err != nil {
			return j, err
		}
	}
	return j, nil
}

func (b *Service) write(ctx context.Context, j *Journal, put []Record, remove []string) error {
	if err := b.store.Commit(ctx, *j, put, remove); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	j.Version++
	return nil
}
