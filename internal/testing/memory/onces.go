package memory

import (
	"context"
	"time"

	"connectedcar/internal/domain/idempotency"
)

// Onces stores requests with an idempotency key.
type Onces struct {
	rows table[string, *idempotency.Record]
}

// Begin stores r. If a record with the same id is there, it returns that record and stores nothing, unless the record has expired or began
// before since without getting an answer.
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

// Finish adds the answer to the record if that record was begun at begunAt; otherwise nothing changes.
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

// Drop deletes the record if it was begun at begunAt and has no answer; otherwise nothing changes.
func (s *Onces) Drop(_ context.Context, id string, begunAt time.Time) error {
	s.rows.update(id, func(old *idempotency.Record, there bool) (*idempotency.Record, bool) {
		return nil, there && old != nil && old.BegunAt.Equal(begunAt) && old.Answer == nil
	})
	return nil
}
