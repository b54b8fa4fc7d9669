package alert

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Acknowledge records that a person, by user id, has seen an alert, and returns the alert's new state. An alert that is already
// acknowledged or resolved does not change; ErrNotFound if there is no such alert.
func (b *Service) Acknowledge(ctx context.Context, vin, id, by string, at time.Time) (Alert, error) {
	a, err := b.store.Alert(ctx, vin, id)
	if err != nil || a.Status != Open {
		return a, err
	}
	word := ack{Of: a.FirstAt.UnixMilli(), By: by, At: at.UnixMilli()}
	return b.byPerson(ctx, a, func(t *Thread) (bool, error) { return t.hear(word), nil })
}

// ResolveByPerson resolves an alert on a person's request and returns its new state. A resolved alert does not change;
// ErrNotFound if there is no such alert. A later recurrence is a new alert, without a cooldown.
func (b *Service) ResolveByPerson(ctx context.Context, vin, id, by string, at time.Time) (Alert, error) {
	a, err := b.store.Alert(ctx, vin, id)
	if err != nil || a.Status == Resolved {
		return a, err
	}
	return b.byPerson(ctx, a, func(t *Thread) (bool, error) {
		now := newest(t.Alerts())
		if now.ID != a.ID || now.Status == Resolved {
			return false, nil
		}
		// The car's clock may be ahead of the platform's: the resolution must come after the car's newest notice.
		end := later(at, now.LastAt.Add(time.Millisecond))
		return t.add(mark{At: end.UnixMilli(), Clear: true, By: by}), nil
	})
}

// byPerson changes the thread of an alert and returns the alert's new state.
func (b *Service) byPerson(ctx context.Context, a Alert, do func(*Thread) (bool, error)) (Alert, error) {
	err := b.change(ctx, a.VIN, a.DedupKey, func(t *Thread) (bool, error) {
		t.adopt(a)
		return do(t)
	})
	if err != nil {
		return Alert{}, fmt.Errorf("change alert %s: %w", a.ID, err)
	}
	return b.store.Alert(ctx, a.VIN, a.ID)
}

// adopt builds the thread of an alert that was written without one, as the registration of certificates does.
func (t *Thread) adopt(a Alert) {
	if t.Version != 0 || len(t.Marks) > 0 || t.Base != nil {
		return
	}
	t.Floor, t.Base = a.LastAt.UnixMilli(), &a
}

// hear records an acknowledgement; false if there is one already.
func (t *Thread) hear(word ack) bool {
	if t.Base != nil && word.Of <= t.Floor {
		if t.Base.FirstAt.UnixMilli() != word.Of || t.Base.AcknowledgedBy != "" {
			return false
		}
		base := *t.Base
		base.acknowledge(word)
		t.Base = &base
		return true
	}
	if slices.ContainsFunc(t.Acks, func(a ack) bool { return a.Of == word.Of }) {
		return false
	}
	t.Acks = append(slices.Clone(t.Acks), word)
	return true
}
