// Package session keeps people signed in to a web application. The browser holds a random id; the store holds its hash and the session's
// data, encrypted, so that a copy of the store gives access to no session.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/errs"
)

// Errors of sessions.
var (
	// ErrEnded is returned for a session that does not exist or has ended.
	ErrEnded = errs.As(errs.Denied, errors.New("the session has ended"))
	// ErrChanged is returned when another request changed the session first.
	ErrChanged = errs.As(errs.Conflict, errors.New("another request changed the session first"))
)

// Row is the stored form of a session.
type Row struct {
	Key       string // SHA-256 of the session's id, in hex
	Version   int64  // 1 for a new row, incremented by each change
	Sealed    []byte
	ExpiresAt time.Time // in whole seconds
}

// Store keeps rows.
type Store interface {
	// Get returns the row with that key, or ErrEnded.
	Get(ctx context.Context, key string) (Row, error)
	// Put stores the row if the stored one has the previous version, else it returns ErrChanged. A row of version 1 must not exist yet.
	Put(ctx context.Context, r Row) error
	// Delete removes the row; it is no error if there is none.
	Delete(ctx context.Context, key string) error
}

// Session is one sign-in of a person.
type Session struct {
	ID        string // secret: for the cookie only
	UserID    string
	StartedAt time.Time
	SeenAt    time.Time // last use, to the minute
	Data      []byte    // of the application
	version   int64
}

// sealed is the part of a session that is stored encrypted.
type sealed struct {
	UserID    string    `json:"userId"`
	StartedAt time.Time `json:"startedAt"`
	SeenAt    time.Time `json:"seenAt"`
	Data      []byte    `json:"data"`
}

// Service begins, finds and ends sessions.
type Service struct {
	Store    Store
	Sealer   *Sealer
	Now      func() time.Time
	Idle     time.Duration // a session ends after this time without use
	Absolute time.Duration // every session ends after this time; OWASP ASVS 5.0, 7.3
}

// seenEvery is the precision of SeenAt, so that not every request writes.
const seenEvery = time.Minute

// Begin begins a session with a new id: an id from before a sign-in must not be valid after it (session fixation).
func (k *Service) Begin(ctx context.Context, userID string, data []byte) (Session, error) {
	now := k.Now().UTC()
	s := Session{ID: rand.Text(), UserID: userID, StartedAt: now, SeenAt: now, Data: data}
	return k.Save(ctx, s)
}

// Save stores a session's data. It fails with ErrChanged if another request changed the session first.
func (k *Service) Save(ctx context.Context, s Session) (Session, error) {
	plain, err := json.Marshal(sealed{UserID: s.UserID, StartedAt: s.StartedAt, SeenAt: s.SeenAt, Data: s.Data})
	if err != nil {
		return Session{}, fmt.Errorf("encode a session: %w", err)
	}
	s.version++
	key := KeyOf(s.ID)
	row := Row{Key: key, Version: s.version, Sealed: k.Sealer.Seal(plain, key), ExpiresAt: k.EndOf(s).Truncate(time.Second)}
	if err := k.Store.Put(ctx, row); err != nil {
		return Session{}, fmt.Errorf("keep a session: %w", err)
	}
	return s, nil
}

// EndOf returns the time at which the session ends if it is not used again.
func (k *Service) EndOf(s Session) time.Time {
	idle, absolute := s.SeenAt.Add(k.Idle), s.StartedAt.Add(k.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Get returns the session with that id, or ErrEnded.
func (k *Service) Get(ctx context.Context, id string) (Session, error) {
	if len(id) < 16 || len(id) > 64 {
		return Session{}, ErrEnded
	}
	s, err := k.read(ctx, id)
	if err != nil {
		return Session{}, err
	}
	if !k.Now().Before(k.EndOf(s)) {
		return Session{}, ErrEnded
	}
	ended, err := k.endedAt(ctx, s.UserID)
	if err != nil {
		return Session{}, err
	}
	if !s.StartedAt.After(ended) {
		return Session{}, ErrEnded
	}
	return s, nil
}

func (k *Service) read(ctx context.Context, id string) (Session, error) {
	row, err := k.Store.Get(ctx, KeyOf(id))
	if err != nil {
		return Session{}, fmt.Errorf("find a session: %w", err)
	}
	plain, err := k.Sealer.Open(row.Sealed, row.Key)
	if err != nil { // sealed with a key that is no longer in use
		return Session{}, ErrEnded
	}
	var in sealed
	if err := json.Unmarshal(plain, &in); err != nil {
		return Session{}, fmt.Errorf("decode a session: %w", err)
	}
	return Session{ID: id, UserID: in.UserID, StartedAt: in.StartedAt, SeenAt: in.SeenAt, Data: in.Data, version: row.Version}, nil
}

// Touch records that the session is in use. It writes at most once in seenEvery; if another request has just written, it does not.
func (k *Service) Touch(ctx context.Context, s Session) (Session, error) {
	now := k.Now().UTC()
	if now.Sub(s.SeenAt) < seenEvery {
		return s, nil
	}
	s.SeenAt = now
	saved, err := k.Save(ctx, s)
	if errors.Is(err, ErrChanged) {
		return k.Get(ctx, s.ID)
	}
	return saved, err
}

// End ends a session.
func (k *Service) End(ctx context.Context, id string) error {
	if err := k.Store.Delete(ctx, KeyOf(id)); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// KeyOf returns the key of a session's row.
func KeyOf(id string) string {
	sum := sha256.Sum256([]byte("session\x00" + id))
	return hex.EncodeToString(sum[:])
}
