package memory

import (
	"context"
	"sync"
	"time"

	"connectedcar/internal/domain/notification"
)

// Deliveries stores deliveries.
type Deliveries struct {
	mu     sync.Mutex
	claims map[string]claim
	told   map[string]time.Time
	counts map[string]int
}

type claim struct {
	done  bool
	until time.Time
}

func (s *Deliveries) lock() func() {
	s.mu.Lock()
	if s.claims == nil {
		s.claims, s.told, s.counts = map[string]claim{}, map[string]time.Time{}, map[string]int{}
	}
	return s.mu.Unlock
}

// Lease reserves a delivery for the caller until now plus lease. The returned state reports whether the delivery is finished or leased by
// another worker.
func (s *Deliveries) Lease(_ context.Context, id string, now time.Time, lease time.Duration) (notification.LeaseState, error) {
	defer s.lock()()
	c, there := s.claims[id]
	switch {
	case there && c.done:
		return notification.Done, nil
	case there && c.until.After(now):
		return notification.Busy, nil
	}
	s.claims[id] = claim{until: now.Add(lease)}
	return notification.Leased, nil
}

// Finish marks a leased delivery as done.
func (s *Deliveries) Finish(_ context.Context, id string, _ time.Time) error {
	defer s.lock()()
	s.claims[id] = claim{done: true}
	return nil
}

// Release ends the lease of a delivery before its time. A delivery that is done stays done.
func (s *Deliveries) Release(_ context.Context, id string) error {
	defer s.lock()()
	if !s.claims[id].done {
		delete(s.claims, id)
	}
	return nil
}

// LastNotified returns the start time of the newest alert of the thread that was notified; zero if there is none.
func (s *Deliveries) LastNotified(_ context.Context, thread string) (time.Time, error) {
	defer s.lock()()
	return s.told[thread], nil
}

// SetNotified stores firstAt as the start time of the newest notified alert of the thread.
func (s *Deliveries) SetNotified(_ context.Context, thread string, firstAt, _ time.Time) error {
	defer s.lock()()
	s.told[thread] = firstAt
	return nil
}

// Count adds one to a counter and returns true, or returns false if the counter has reached most.
func (s *Deliveries) Count(_ context.Context, name string, most int, _ time.Time) (bool, error) {
	defer s.lock()()
	if s.counts[name] >= most {
		return false, nil
	}
	s.counts[name]++
	return true, nil
}
