package mqtt

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Backoff holds the waits before a reconnection.
type Backoff struct {
	// First is the longest wait before each of the first attempts. It is short because a car's very first connection is always closed while
	// its certificate is being registered. Default: 500 ms.
	First time.Duration
	// Quick is the number of attempts that wait First before the wait doubles. Default: 6.
	Quick int
	// Most is the longest wait of all. Default: 30 s.
	Most time.Duration
	// Stable is the duration of a connection that resets the count of attempts. Default: 10 s.
	Stable time.Duration
}

func (b Backoff) withDefaults() Backoff {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	set(&b.First, 500*time.Millisecond)
	set(&b.Most, 30*time.Second)
	set(&b.Stable, 10*time.Second)
	if b.Quick == 0 {
		b.Quick = 6
	}
	return b
}

// limit is the longest wait before attempt n. Attempt 0 has no wait.
func (b Backoff) limit(n int) time.Duration {
	if n == 0 {
		return 0
	}
	d := b.First
	for range n - b.Quick {
		if d >= b.Most {
			break
		}
		d *= 2
	}
	return min(d, b.Most)
}

// attempts counts connection attempts. The count of autopaho restarts at every connection, however short. This one does not, so that a
// broker that accepts connections and drops them again is not flooded.
type attempts struct {
	Backoff
	now func() time.Time

	mu   sync.Mutex
	n    int
	upAt time.Time
}

// wait returns the time until the next attempt: half the limit plus a random part of the other half. The random part keeps a fleet that
// lost its broker from reconnecting all at once.
func (a *attempts) wait(int) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := a.limit(a.n)
	a.n++
	if d == 0 {
		return 0
	}
	return d/2 + rand.N(d/2)
}

func (a *attempts) up() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.upAt = a.now()
}

func (a *attempts) down() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now().Sub(a.upAt) >= a.Stable {
		a.n = 1
	}
}
