package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/optimistic"
)

// A person's sessions are not listed. Instead one row per person holds a time: sessions that began before it have ended.
func userKey(userID string) string {
	sum := sha256.Sum256([]byte("user\x00" + userID))
	return hex.EncodeToString(sum[:])
}

// EndAll ends every session of a person.
func (k *Service) EndAll(ctx context.Context, userID string) error {
	now, key := k.Now().UTC(), userKey(userID)
	text, err := now.MarshalText()
	if err != nil {
		return fmt.Errorf("end every session: %w", err)
	}
	err = optimistic.Retry(ctx, ErrChanged, func() error {
		old, err := k.Store.Get(ctx, key)
		if err != nil && !errors.Is(err, ErrEnded) {
			return err
		}
		row := Row{Key: key, Version: old.Version + 1, Sealed: k.Sealer.Seal(text, key), ExpiresAt: now.Add(k.Absolute).Truncate(time.Second).Add(time.Second)}
		return k.Store.Put(ctx, row)
	})
	if err != nil {
		return fmt.Errorf("end every session: %w", err)
	}
	return nil
}

// endedAt returns the time before which every session of the person has ended; zero for none.
func (k *Service) endedAt(ctx context.Context, userID string) (time.Time, error) {
	row, err := k.Store.Get(ctx, userKey(userID))
	if errors.Is(err, ErrEnded) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("find a session: %w", err)
	}
	text, err := k.Sealer.Open(row.Sealed, row.Key)
	if err != nil { // the key has been replaced: sessions that were sealed with it cannot be opened either
		return time.Time{}, nil
	}
	var at time.Time
	if err := at.UnmarshalText(text); err != nil {
		return time.Time{}, fmt.Errorf("find a session: %w", err)
	}
	return at, nil
}
