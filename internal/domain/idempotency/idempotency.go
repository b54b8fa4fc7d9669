// Package idempotency has a request done once, however often it comes: whoever sends it gives it a key, and the same key again gets the first
// answer.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/errs"
)

const (
	// Retention is the time that answers are kept.
	Retention = 24 * time.Hour
	// Patience is the longest duration of a request. One that has neither ended nor failed by then was cut off, and is done again.
	Patience = time.Minute
	// MaxBody is the most bytes of an answer that is kept.
	MaxBody = 64 << 10
)

// Errors.
var (
	// ErrOther says that the key was given to another request before.
	ErrOther = errs.As(errs.Invalid, errors.New("the key has been used for another request: allowed is a new one, or the same request"))
	// ErrRunning says that the request is being done right now.
	ErrRunning = errs.As(errs.Conflict, errors.New("the request with that key is being done: ask again in a moment"))
)

// Answer is the stored answer to a request.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Record is a request that has a key.
type Record struct {
	ID        string // see ID
	Hash      string // of what was asked
	BegunAt   time.Time
	ExpiresAt time.Time
	Answer    *Answer // nil while it is being done
}

// Store keeps records until they expire.
type Store interface {
	// Begin keeps r unless there is a record with its id that has not expired at r.BegunAt, and that has an answer or was begun at
	// since or later. It returns that record, or the zero Record if r was kept.
	Begin(ctx context.Context, r Record, since time.Time) (Record, error)
	// Finish gives the answer to the record if it is still the one that was begun then; nothing happens otherwise.
	Finish(ctx context.Context, id string, begunAt time.Time, a Answer) error
	// Drop forgets the record if it is still the one that was begun then and has no answer.
	Drop(ctx context.Context, id string, begunAt time.Time) error
}

// Service has requests done once. All fields are required.
type Service struct {
	Store Store
	Now   func() time.Time
}

// ID is the id of a request: by whom, what it is, and the key.
func ID(user, operation, key string) string { return hash(user, operation, key) }

// Hash stands for what was asked.
func Hash(parts ...string) string { return hash(parts...) }

// hash cannot be led to the same text by other parts: each comes with its length.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Do does a request, or returns the answer of when it was done before, and whether that is so. An answer is kept if do says so; without
// it the key is free again. A request that is done stays done though its answer could not be kept: that error comes with the answer.
func (k *Service) Do(ctx context.Context, id, hash string, do func(context.Context) (a Answer, keep bool)) (Answer, bool, error) {
	now := k.Now().UTC().Truncate(time.Millisecond)
	found, err := k.Store.Begin(ctx, Record{ID: id, Hash: hash, BegunAt: now, ExpiresAt: now.Add(Retention)}, now.Add(-Patience))
	switch {
	case err != nil:
		return Answer{}, false, fmt.Errorf("begin a request with a key: %w", err)
	case found.ID == "":
	case found.Hash != hash:
		return Answer{}, false, ErrOther
	case found.Answer == nil:
		return Answer{}, false, ErrRunning
	default:
		return *found.Answer, true, nil
	}
	a, keep := do(ctx)
	// Whoever asked may have hung up: what was done is on record all the same.
	ctx = context.WithoutCancel(ctx)
	if keep && len(a.Body) <= MaxBody {
		err = k.Store.Finish(ctx, id, now, a)
	} else {
		err = k.Store.Drop(ctx, id, now)
	}
	if err != nil {
		err = fmt.Errorf("end a request with a key: %w", err)
	}
	return a, false, err
}
