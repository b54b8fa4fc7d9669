package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"connectedcar/internal/domain/notification/preference"
)

// Preferences stores users' notification preferences and phones.
type Preferences struct {
	rows   table[string, storedPreferences]
	phones table[string, preference.Phone]
}

type storedPreferences struct {
	json    []byte
	version int64
}

// Preferences returns the user's preferences; preference.Default if there are none.
func (s *Preferences) Preferences(_ context.Context, userID string) (preference.Preferences, error) {
	p := preference.Default(userID)
	row, ok := s.rows.get(userID)
	if !ok {
		return p, nil
	}
	err := json.Unmarshal(row.json, &p)
	p.UserID, p.Version = userID, row.version
	return p, err
}

// PutPreferences writes preferences if the stored ones have the same Version, or equal p already; otherwise preference.ErrStale.
func (s *Preferences) PutPreferences(_ context.Context, p preference.Preferences) (preference.Preferences, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	s.rows.update(p.UserID, func(old storedPreferences, _ bool) (storedPreferences, bool) {
		if old.version == p.Version+1 && bytes.Equal(old.json, b) { // a repeated call, after a lost response
			p.Version++
			return old, false
		}
		if old.version != p.Version {
			err = preference.ErrStale
			return old, false
		}
		p.Version++
		return storedPreferences{b, p.Version}, true
	})
	return p, err
}

// Phone returns the user's phone; the zero Phone if there is none.
func (s *Preferences) Phone(_ context.Context, userID string) (preference.Phone, error) {
	p, _ := s.phones.get(userID)
	return p, nil
}

// PutPhone writes a user's phone, whether there is one or not.
func (s *Preferences) PutPhone(_ context.Context, userID string, p preference.Phone) error {
	s.phones.update(userID, func(preference.Phone, bool) (preference.Phone, bool) { return p, true })
	return nil
}

// Challenges stores the verification codes that were sent to phones.
type Challenges struct {
	mu    sync.Mutex
	rows  map[string]challenge
	begun map[[2]string]int // number of codes, by name and day
}

type challenge struct {
	preference.Challenge
	tries int
}

// Begin stores the user's challenge, over an earlier one.
func (s *Challenges) Begin(_ context.Context, c preference.Challenge) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = map[string]challenge{}
	}
	s.rows[c.UserID] = challenge{Challenge: c}
	return nil
}

// CountCode adds one to the counter of that name and day, and returns false if the counter has reached most.
func (s *Challenges) CountCode(_ context.Context, name string, most int, at time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun == nil {
		s.begun = map[[2]string]int{}
	}
	day := [2]string{name, at.UTC().Format(time.DateOnly)}
	if s.begun[day] >= most {
		return false, nil
	}
	s.begun[day]++
	return true, nil
}

// Try counts a try and returns the user's challenge; preference.ErrWrongCode if there is no challenge, it has expired or its tries are
// used up.
func (s *Challenges) Try(_ context.Context, userID string, at time.Time) (preference.Challenge, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.rows[userID]
	if !ok || c.tries >= preference.CodeTries || !c.ExpiresAt.After(at) {
		return preference.Challenge{}, preference.ErrWrongCode
	}
	c.tries++
	s.rows[userID] = c
	return c.Challenge, nil
}

// End deletes a user's challenge if the stored one has the same hash; otherwise preference.ErrWrongCode.
func (s *Challenges) End(_ context.Context, c preference.Challenge) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, ok := s.rows[c.UserID]; !ok || now.Hash != c.Hash {
		return preference.ErrWrongCode
	}
	delete(s.rows, c.UserID)
	return nil
}
