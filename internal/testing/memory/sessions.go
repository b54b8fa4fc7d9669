package memory

import (
	"context"
	"reflect"

	"connectedcar/internal/domain/session"
)

// Sessions keeps the console's sessions.
type Sessions struct {
	rows table[string, *session.Row]
}

// Get returns the row with that key, or session.ErrEnded.
func (s *Sessions) Get(_ context.Context, key string) (found session.Row, _ error) {
	err := session.ErrEnded
	s.rows.update(key, func(old *session.Row, there bool) (*session.Row, bool) {
		if there && old != nil {
			found, err = *old, nil
		}
		return old, false
	})
	return found, err
}

// Put writes the row if the stored one has the preceding version, or equals r already; otherwise session.ErrChanged.
func (s *Sessions) Put(_ context.Context, r session.Row) (err error) {
	s.rows.update(r.Key, func(old *session.Row, there bool) (*session.Row, bool) {
		var stored int64
		if there && old != nil {
			stored = old.Version
		}
		if there && old != nil && reflect.DeepEqual(*old, r) { // a repeated call, after a lost response
			return old, false
		}
		if stored != r.Version-1 {
			err = session.ErrChanged
			return old, false
		}
		return &r, true
	})
	return err
}

// Delete removes the row.
func (s *Sessions) Delete(_ context.Context, key string) error {
	s.rows.update(key, func(_ *session.Row, there bool) (*session.Row, bool) { return nil, there })
	return nil
}
