package testcar

import (
	"context"
	"fmt"
	"time"
)

// The delays between polls of a condition: short at first, then growing.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = time.Second
)

// Eventually polls the condition until it holds or the context ends. In the latter case the error contains the condition's last error.
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
