package main

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// deferred is the outcome of an event that is dropped unprocessed. The certificate stays pending, so AWS IoT announces it again at the
// car's next connection.
const deferred = "deferred"

// The burst of denials for one CA; after it one per second is permitted. Each takes several calls of a control plane that permits about ten
// a second, and all manufacturers share the queue: the holder of one CA's key could fill it with certificates that are denied.
const denialsAtOnce = 50

// denials limits the denials of each CA, in this process: Lambda runs a few processes.
type denials struct {
	mu     sync.Mutex
	limits map[string]*rate.Limiter
}

func (d *denials) of(authority string) *rate.Limiter {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limits == nil {
		d.limits = map[string]*rate.Limiter{}
	}
	if d.limits[authority] == nil {
		d.limits[authority] = rate.NewLimiter(rate.Every(time.Second), denialsAtOnce)
	}
	return d.limits[authority]
}

// spent reports whether the CA has no denial left at present.
func (d *denials) spent(authority string, now time.Time) bool {
	return d.of(authority).TokensAt(now) < 1
}

func (d *denials) spend(authority string, now time.Time) { d.of(authority).AllowN(now, 1) }
