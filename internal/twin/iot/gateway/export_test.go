package gateway

import (
	"context"
	"time"
)

// HasRule reports whether the gateway runs that rule.
func (g *Gateway) HasRule(name string) bool { return g.engine.Has(name) }

// Refresh makes the gateway read the registry at once.
func (g *Gateway) Refresh(ctx context.Context) error {
	_, err := g.registry.Since(ctx, time.Now())
	return err
}
