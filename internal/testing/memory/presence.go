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

// Presence returns a car's connection state. For a car that never connected it returns a state with only the VIN.
func (s *Presences) Presence(_ context.Context, v vin.VIN) (presence.State, error) {
	state, ok := s.rows.get(v)
	if !ok {
		return presence.State{VIN: v}, nil
	}
	return state, nil
}

// PutPresence writes a state if the stored one has the same revision, and increments the revision; otherwise presence.ErrStale.
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

// All returns all states, by VIN.
func (s *Presences) All() map[vin.VIN]presence.State { return s.rows.all() }
