package registry

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Registry answers from the newest snapshot, and from the source where a snapshot would be too old.
type Registry struct {
	source  Source
	current atomic.Pointer[Snapshot]
	report  func(error) // told of every snapshot's outcome

	reading sync.Mutex // held while a snapshot is read
	mu      sync.Mutex
	things  map[string]Thing // as last read, for when the source cannot be reached
}

// New makes a registry and reads its first snapshot. Report is told the outcome of every call to the source.
func New(ctx context.Context, source Source, report func(error)) (*Registry, error) {
	r := &Registry{source: source, report: report, things: map[string]Thing{}}
	_, err := r.Since(ctx, time.Now())
	return r, err
}

// Since returns a snapshot whose reading began at that time or later.
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

// Watch reads the registry every interval until the context ends, and hands on what it read. When a reading takes long, the
// next waits longer, so that watching costs at most a tenth of the source's time.
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

// Certificate reads the certificate as it is now. While the source cannot be reached, the newest snapshot answers.
func (r *Registry) Certificate(ctx context.Context, id string) (Certificate, error) {
	c, err := r.source.Certificate(ctx, id)
	if known, ok := r.Current().Certificates[id]; ok && unreachable(err) {
		return known, nil
	}
	return c, err
}

// maxThings bounds the things that are kept for when the source cannot be reached.
const maxThings = 100_000

// Thing reads the thing as it is now. While the source cannot be reached, what it last said answers.
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

// Register makes the certificate known as PENDING_ACTIVATION.
func (r *Registry) Register(ctx context.Context, c *x509.Certificate, ca CA) (Certificate, error) {
	return r.source.Register(ctx, c, ca)
}
