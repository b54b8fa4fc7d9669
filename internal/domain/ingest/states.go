package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"connectedcar/internal/domain/message"
	"connectedcar/internal/domain/optimistic"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/vin"
)

const (
	// writers is the number of concurrent writes of states: a batch of many cars is limited by round trips.
	writers = 16
)

// storeStates updates the state of every car of the batch: with one read for all of them, and one write for each that
// changes.
func (i *Service) storeStates(ctx context.Context, b *batch, now time.Time, failed *tracker) {
	if len(b.cars) == 0 {
		return
	}
	names := make([]vin.VIN, len(b.cars))
	for n, c := range b.cars {
		names[n] = c.vin
	}
	states, err := i.States.States(ctx, names)
	if err != nil {
		for _, c := range b.cars {
			failed.add(c.first, fmt.Errorf("read states: %w", err))
		}
		return
	}
	failures := make([]error, len(b.cars))
	each(len(b.cars), func(n int) { failures[n] = i.storeState(ctx, b.cars[n], states[b.cars[n].vin], now) })
	for n, err := range failures {
		switch {
		case err == nil:
		case errs.Of(err) == errs.Invalid: // the table will never accept this state: the shard continues without the car's messages
			c := b.cars[n]
			b.quarantine(slices.Clone(c.records), &refusal{message.Unstorable, fmt.Sprintf("store state of %s: %s", c.vin.Redacted(), err)})
		default:
			failed.add(b.cars[n].first, fmt.Errorf("store state of %s: %w", b.cars[n].vin.Redacted(), err))
		}
	}
}

func (i *Service) storeState(ctx context.Context, c *car, s *vehicle.State, now time.Time) error {
	fresh := true // the state was read with the batch
	return optimistic.Retry(ctx, ErrStale, func() error {
		if !fresh {
			again, err := i.States.States(ctx, []vin.VIN{c.vin})
			if err != nil {
				return fmt.Errorf("read again: %w", err)
			}
			s = again[c.vin]
		}
		fresh = false
		return i.applyMessages(ctx, c, s, now)
	})
}

// applyMessages applies the car's messages to its state, and writes the state if they changed it.
func (i *Service) applyMessages(ctx context.Context, c *car, s *vehicle.State, now time.Time) error {
	if s == nil {
		return errors.New("the store did not return it")
	}
	changed := false
	for _, m := range c.messages {
		changed = s.Apply(m) || changed
	}
	if !changed {
		return nil
	}
	if err := i.watch(ctx, c, s, now); err != nil {
		return err
	}
	return i.States.PutState(ctx, s)
}

// each calls f for 0 to n-1, at most writers at a time, and returns when all are done.
func each(n int, f func(int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(n, writers) {
		wait.Go(func() {
			for k := range next {
				f(k)
			}
		})
	}
	for k := range n {
		next <- k
	}
	close(next)
	wait.Wait()
}
