package diagnostic

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

// errNotOpen is returned for a record id that is not that of an open fault: the fault is over, or never existed.
var errNotOpen = errs.As(errs.Conflict, ErrClosed)

// Acknowledge records that a person, by user id, has seen an open fault, by the record's id. The first acknowledgement stays. It returns
// the fault's new state; ErrClosed if the id is not that of an open fault.
func (b *Service) Acknowledge(ctx context.Context, v vin.VIN, id, by string, at time.Time) (Record, error) {
	return b.byPerson(ctx, v, id, mark{Kind: acknowledge, By: by}, at)
}

// Clear closes an open fault on a person's request. If the car reports the fault again, it opens again. It returns the fault's new state,
// under another id; errors as for Acknowledge.
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
		// The car's clock may be ahead of the platform's: the mark must come after the car's newest message.
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

// openEpisode returns the open fault with that key.
func (j *Journal) openEpisode(key string) (episode, bool) {
	for _, e := range j.fold() {
		if e.open() && e.Key == key {
			return e, true
		}
	}
	return episode{}, false
}

// Assign moves a car's open faults to the list of that dealer alone; an empty dealerID leaves them in no list.
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
