package memory

import (
	"context"

	"connectedcar/internal/domain/presence"
	"connectedcar/internal/vin"
)

// Presences stores the connection state of cars.
type Presences struct {
	rows table[vin.VIN, presence.State]
}

// Presence is a car's state; of one that never connected, with its VIN alone.
func (s *Presences) Presence(_ context.Context, v vin.VIN) (presence.State, error) {
	state, ok := s.rows.get(v)
	if !ok {
		return presence.State{VIN: v}, nil
	}
	return state, nil
}

// PutPresence writes a state if the stored one still has its revision, and counts the revision up; otherwise presence.ErrStale.
func (s *Presences) PutPresence(_ context.Context, state presence.State) (err error) {
	s.rows.update(state.VIN, func(old presence.State, _ bool) (presence.State, bool) {
		if old.Revision != state.Revision {
			err = presence.ErrStale
			return old, false
		}
		state.Revision++
		return state, true
	})
	return err
}

// All are all states.
func (s *Presences) All() map[vin.VIN]presence.State { return s.rows.all() }
