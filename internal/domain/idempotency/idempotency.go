// Package idempotency makes retried requests safe: a client sends a request with a key, the request is processed once, and repeats with
// the same key get the stored response.
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
	// Retention is the time that responses are kept.
	Retention = 24 * time.Hour
	// Patience is the longest duration of a request. A request without a response by then is taken for crashed, and may run again.
	Patience = time.Minute
	// MaxBody is the largest body of a response that is kept, in bytes.
	MaxBody = 64 << 10
)

// Errors.
var (
	// ErrOther is returned if the key was used for another request before.
	ErrOther = errs.As(errs.Invalid, errors.New("the key has been used for another request: allowed is a new one, or the same request"))
	// ErrRunning is returned while a request with the same key is in progress.
	ErrRunning = errs.As(errs.Conflict, errors.New("the request with that key is being done: ask again in a moment"))
)

// Answer is the stored response to a request.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Record is the record of a request with a key.
type Record struct {
	ID        string // from the function ID
	Hash      string // of the request's content
	BegunAt   time.Time
	ExpiresAt time.Time
	Answer    *Answer // nil while the request is in progress
}

// Store keeps records until they expire.
type Store interface {
	// Begin stores r unless there is a record with its id that has not expired at r.BegunAt, and that has an answer or was begun at
	// since or later. It returns that record, or the zero Record if r was stored.
	Begin(ctx context.Context, r Record, since time.Time) (Record, error)
	// Finish adds the answer to the record if its BegunAt is still begunAt; otherwise it does nothing.
	Finish(ctx context.Context, id string, begunAt time.Time, a Answer) error
	// Drop removes the record if its BegunAt is still begunAt and it has no answer.
	Drop(ctx context.Context, id string, begunAt time.Time) error
}

// Service runs each request once. All fields are required.
type Service struct {
	Store Store
	Now   func() time.Time
}

// ID returns the id of a request, from the user, the operation and the key.
func ID(user, operation, key string) string { return hash(user, operation, key) }

// Hash returns a digest of the content of a request.
func Hash(parts ...string) string { return hash(parts...) }

// hash prefixes each part with its length, so that different parts never hash the same text.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Do runs a request, or returns the stored answer of an earlier run and true. It fails with ErrOther or ErrRunning if the key is taken. The
// answer is stored if do returns keep; otherwise the key becomes free again. If the request ran but its answer could not be stored, Do
// returns both the answer and an error.
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
	// The client may have disconnected: the result must be recorded all the same.
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
