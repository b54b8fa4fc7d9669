package memory

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Identities stores the Amazon Cognito identities of users.
type Identities struct {
	mu      sync.Mutex
	ids     map[string][]string
	changes map[string]int64
	blocked map[string]bool
}

// Add stores the identity as the user's.
func (s *Identities) Add(_ context.Context, userID, identityID string, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = map[string][]string{}
	}
	if !slices.Contains(s.ids[userID], identityID) {
		s.ids[userID] = append(s.ids[userID], identityID)
		slices.Sort(s.ids[userID])
	}
	return nil
}

// Identities returns every identity that the user has used.
func (s *Identities) Identities(_ context.Context, userID string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids[userID]), nil
}

// Begin adds one to the number of changes of the user's policies, and returns the new number.
func (s *Identities) Begin(_ context.Context, userID string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changes == nil {
		s.changes = map[string]int64{}
	}
	s.changes[userID]++
	return s.changes[userID], nil
}

// Begun returns the number of changes of the user's policies that have begun.
func (s *Identities) Begun(_ context.Context, userID string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes[userID], nil
}

// Block sets or clears the block that denies a user the live data of every car.
func (s *Identities) Block(_ context.Context, userID string, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blocked == nil {
		s.blocked = map[string]bool{}
	}
	s.blocked[userID] = blocked
	return nil
}

// Blocked reports whether the user is denied the live data of every car.
func (s *Identities) Blocked(_ context.Context, userID string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blocked[userID], nil
}
