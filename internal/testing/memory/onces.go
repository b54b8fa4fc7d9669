package memory

import (
	"context"
	"time"

	"connectedcar/internal/domain/idempotency"
)

// Onces keeps requests that have a key.
type Onces struct {
	rows table[string, *idempotency.Record]
}

// Begin keeps r unless there is a record that stands in its way, which it returns.
func (s *Onces) Begin(_ context.Context, r idempotency.Record, since time.Time) (found idempotency.Record, _ error) {
	s.rows.update(r.ID, func(old *idempotency.Record, there bool) (*idempotency.Record, bool) {
		if there && old != nil && r.BegunAt.Before(old.ExpiresAt) && (old.Answer != nil || !old.BegunAt.Before(since)) {
			found = *old
			return old, false
		}
		return &r, true
	})
	return found, nil
}

// Finish gives the answer to the record if it is still the one that was begun then.
func (s *Onces) Finish(_ context.Context, id string, begunAt time.Time, a idempotency.Answer) error {
	s.rows.update(id, func(old *idempotency.Record, there bool) (*idempotency.Record, bool) {
		if !there || old == nil || !old.BegunAt.Equal(begunAt) {
			return old, false
		}
		next := *old
		next.Answer = &a
		return &next, true
	})
	return nil
}

// Drop forgets the record if it is still the one that was begun then and has no answer.
func (s *Onces) Drop(_ context.Context, id string, begunAt time.Time) error {
	s.rows.update(id, func(old *idempotency.Record, there bool) (*idempotency.Record, bool) {
		return nil, there && old != nil && old.BegunAt.Equal(begunAt) && old.Answer == nil
	})
	return nil
}
