package gateway

import (
	"context"
	"time"
)

// HasRule tells whether the gateway runs that rule.
func (g *Gateway) HasRule(name string) bool { return g.engine.Has(name) }

// Refresh makes the gateway know what the registry holds now.
func (g *Gateway) Refresh(ctx context.Context) error {
	_, err := g.registry.Since(ctx, time.Now())
	return err
}
