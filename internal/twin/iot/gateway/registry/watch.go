package registry

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Registry returns the newest snapshot, or reads the source if that snapshot is too old.
type Registry struct {
	source  Source
	current atomic.Pointer[Snapshot]
	report  func(error) // called with the outcome of every snapshot

	reading sync.Mutex // held while a snapshot is read
	mu      sync.Mutex
	things  map[string]Thing // as last read, for times when the source is unreachable
}

// New makes a registry and reads its first snapshot. It calls report with the outcome of every call to the source.
func New(ctx context.Context, source Source, report func(error)) (*Registry, error) {
	r := &Registry{source: source, report: report, things: map[string]Thing{}}
	_, err := r.Since(ctx, time.Now())
	return r, err
}

// Since returns a snapshot whose reading began at that time or later. It reads one if necessary, and fails if the source does.
func (r *Registry) Since(ctx context.Context, at time.Time) (*Snapshot, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	if s := r.Current(); s != nil && !s.At.Before(at) {
		return s, nil
	}
	began := time.Now()
	s, err := r.source.Snapshot(ctx)
	if ctx.Err() == nil {
		r.report(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the IoT registry: %w", err)
	}
	s.At = began
	r.current.Store(s)
	return s, nil
}

// Current is the newest snapshot.
func (r *Registry) Current() *Snapshot { return r.current.Load() }

// Watch reads the registry every interval until the context ends, and calls changed with each snapshot. After a slow read it waits longer,
// so that reading takes at most a tenth of the time.
func (r *Registry) Watch(ctx context.Context, interval time.Duration, changed func(*Snapshot)) {
	wait := interval
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		start := time.Now()
		if s, err := r.Since(ctx, start); err == nil {
			changed(s)
		}
		wait = max(interval, min(9*time.Since(start), 10*interval))
	}
}

// Certificate reads the certificate from the source. If the source is unreachable, it returns the certificate of the newest snapshot.
func (r *Registry) Certificate(ctx context.Context, id string) (Certificate, error) {
	c, err := r.source.Certificate(ctx, id)
	if known, ok := r.Current().Certificates[id]; ok && unreachable(err) {
		return known, nil
	}
	return c, err
}

// maxThings is the largest number of things to keep for times when the source is unreachable.
const maxThings = 100_000

// Thing reads the thing from the source. If the source is unreachable, it returns the thing as last read.
func (r *Registry) Thing(ctx context.Context, name string) (Thing, error) {
	t, err := r.source.Thing(ctx, name)
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.things[name]
	if ok && unreachable(err) {
		return known, nil
	}
	if err == nil && (ok || len(r.things) < maxThings) {
		r.things[name] = t
	}
	return t, err
}

// Register registers the certificate as PENDING_ACTIVATION.
func (r *Registry) Register(ctx context.Context, c *x509.Certificate, ca CA) (Certificate, error) {
	return r.source.Register(ctx, c, ca)
}
