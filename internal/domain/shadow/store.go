package shadow

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/vin"
)

// Store keeps shadows.
type Store interface {
	// Shadow returns a car's shadow; one that has never been written has version 0.
	Shadow(ctx context.Context, v vin.VIN, name Name) (Document, error)
	// Desire merges values into the desired state, removes those whose new value is nil, and returns the resulting shadow. If version is not
	// nil it must be the shadow's present one: ErrChanged otherwise. It does not check the values: see Check.
	Desire(ctx context.Context, v vin.VIN, name Name, desired map[string]any, version *int64) (Document, error)
	// Forget removes all desired values. It is no error if there are none.
	Forget(ctx context.Context, v vin.VIN, name Name) error
}

// Personal removes the values from a car's shadows that its former owner desired.
type Personal struct{ Store Store }

// Erase removes the desired climate of the former owner. The desired configuration is the manufacturer's too, and stays.
func (p Personal) Erase(ctx context.Context, v vin.VIN, _ time.Time) error {
	if err := p.Store.Forget(ctx, v, Climate); err != nil {
		return fmt.Errorf("take back the desired climate: %w", err)
	}
	return nil
}
