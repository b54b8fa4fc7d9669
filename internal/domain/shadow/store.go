package shadow

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/vin"
)

// Store keeps shadows.
type Store interface {
	// Shadow is a car's shadow; one that neither car nor person has written has version 0.
	Shadow(ctx context.Context, v vin.VIN, name Name) (Document, error)
	// Desire merges values into what is desired, a value of nil takes it back, and returns the shadow as it is after that. With a
	// version it changes that version and no other: ErrChanged. It takes any values: see Check.
	Desire(ctx context.Context, v vin.VIN, name Name, desired map[string]any, version *int64) (Document, error)
	// Forget takes back all that is desired. There may be nothing.
	Forget(ctx context.Context, v vin.VIN, name Name) error
}

// Personal removes from the shadows what a car's former owner desired of it.
type Personal struct{ Store Store }

// Erase takes back what the former owner desired of the climate. How the car reports is its manufacturer's matter as well, and stays.
func (p Personal) Erase(ctx context.Context, v vin.VIN, _ time.Time) error {
	if err := p.Store.Forget(ctx, v, Climate); err != nil {
		return fmt.Errorf("take back the desired climate: %w", err)
	}
	return nil
}
