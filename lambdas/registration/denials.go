package main

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// deferred is the outcome of an event that is dropped unread. The certificate stays pending, so the car's next connection announces it again.
const deferred = "deferred"

// An authority's denials: so many at once, and one a second from then on. Each takes several calls of a control plane that allows about ten
// a second, and the queue is for all makers: who holds a CA's key could fill it with certificates that are to be refused.
const denialsAtOnce = 50

// denials limits the denials of each authority, in this process: Lambda runs a few.
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

// spent reports whether the authority has no denial left for now.
func (d *denials) spent(authority string, now time.Time) bool {
	return d.of(authority).TokensAt(now) < 1
}

func (d *denials) spend(authority string, now time.Time) { d.of(authority).AllowN(now, 1) }
