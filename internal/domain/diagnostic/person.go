package diagnostic

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// errNotOpen says that a record's id names no open fault: it is over, or never was.
var errNotOpen = errs.As(errs.Conflict, ErrClosed)

// Acknowledge notes that a person, by user id, has seen an open fault, by the record's id. The first one stays. It returns the fault
// as it is now; ErrClosed if it is over, or ErrNotFound if the id is no open fault's.
func (b *Service) Acknowledge(ctx context.Context, v vin.VIN, id, by string, at time.Time) (Record, error) {
	return b.byPerson(ctx, v, id, mark{Kind: acknowledge, By: by}, at)
}

// Clear ends an open fault by a person's word. If the car reports it again, it is open again. It returns the fault as it is now, with
// another id; errors as of Acknowledge.
func (b *Service) Clear(ctx context.Context, v vin.VIN, id, by string, at time.Time) (Record, error) {
	return b.byPerson(ctx, v, id, mark{Kind: Clear, By: by}, at)
}

// byPerson adds a person's mark to the journal of an open fault.
func (b *Service) byPerson(ctx context.Context, v vin.VIN, id string, m mark, at time.Time) (Record, error) {
	key, ok := KeyOf(id)
	if !ok {
		return Record{}, errs.As(errs.Conflict, fmt.Errorf("%s: %w", id, ErrClosed))
	}
	m.Entries = []entry{{Key: key}}
	var began position
	after, err := b.change(ctx, v, func(j *Journal) (bool, error) {
		e, open := j.openEpisode(key)
		if !open {
			return false, fmt.Errorf("%s: %w", id, errNotOpen)
		}
		began = e.First
		if m.Kind == acknowledge && e.AckBy != "" {
			return false, nil
		}
		// The car's clock may be ahead of ours: what it said until now comes first.
		m.position = position{At: max(at.UnixMilli(), e.Last+1, j.Floor.At+1), ID: string(m.Kind) + " " + key + " " + m.By}
		return j.add(m), nil
	})
	if err != nil {
		return Record{}, err
	}
	if err := b.tell(ctx, v, m, after); err != nil {
		return Record{}, err
	}
	for _, r := range after.Records(b.table) {
		if r.Key() == key && r.FirstSeen.Equal(instant(began.At)) {
			return r, nil
		}
	}
	return Record{}, fmt.Errorf("%s: %w", id, errNotOpen)
}

// openEpisode is the fault of that key that is open.
func (j *Journal) openEpisode(key string) (episode, bool) {
	for _, e := range j.fold() {
		if e.open() && e.Key == key {
			return e, true
		}
	}
	return episode{}, false
}

// Assign puts a car's open faults into the list of that dealer, and of no other; an empty dealer takes them out.
func (b *Service) Assign(ctx context.Context, v vin.VIN, dealerID string) error {
	_, err := b.change(ctx, v, func(j *Journal) (bool, error) {
		if j.DealerID == dealerID || j.Version == 0 {
			return false, nil
		}
		j.DealerID = dealerID
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("assign the faults: %w", err)
	}
	return nil
}
