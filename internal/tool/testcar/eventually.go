package testcar

import (
	"context"
	"fmt"
	"time"
)

// How often a condition is looked at: soon at first, for what takes a moment, and then less and less often.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = time.Second
)

// Eventually polls the condition until it holds or the context ends, and then says what was still missing.
func Eventually(ctx context.Context, what string, holds func(context.Context) error) error {
	for wait := firstLook; ; wait = min(wait*3/2, lastLook) {
		missing := holds(ctx)
		if missing == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, missing)
		case <-time.After(wait):
		}
	}
}
