package ingest

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/vin"
)

// PersonalStates removes from the states of cars what their former drivers left there.
type PersonalStates struct{ Store States }

// Erase removes it from a car's state. A car that never reported has none, and erasing again changes nothing.
func (p PersonalStates) Erase(ctx context.Context, v vin.VIN, before time.Time) error {
	return optimistic.Retry(ctx, ErrStale, func() error {
		states, err := p.Store.States(ctx, []vin.VIN{v})
		if err != nil {
			return fmt.Errorf("read the state: %w", err)
		}
		s := states[v]
		if s == nil || !s.ErasePersonal(before) {
			return nil
		}
		if err := p.Store.PutState(ctx, s); err != nil {
			return fmt.Errorf("erase what is personal of the state: %w", err)
		}
		return nil
	})
}
