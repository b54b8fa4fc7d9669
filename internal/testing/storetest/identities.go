package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// IdentitiesStore is a store of users' Cognito identities.
type IdentitiesStore interface {
	Add(ctx context.Context, userID, identityID string, at time.Time) error
	Identities(ctx context.Context, userID string) ([]string, error)
	Begin(ctx context.Context, userID string) (int64, error)
	Begun(ctx context.Context, userID string) (int64, error)
	Block(ctx context.Context, userID string, blocked bool) error
	Blocked(ctx context.Context, userID string) (bool, error)
}

// Identities tests a store of identities; empty makes a new store.
func Identities(t *testing.T, empty func(t *testing.T) IdentitiesStore) {
	const one, two = "eu-central-1:00000000-0000-0000-0000-000000000001", "eu-central-1:00000000-0000-0000-0000-000000000002"
	t.Run("a person has the identities that were added, each once, and no other's", func(t *testing.T) {
		s := empty(t)
		for _, add := range [][2]string{{"ana", two}, {"ana", one}, {"ana", one}, {"ben", two}} {
			require.NoError(t, s.Add(t.Context(), add[0], add[1], noon))
		}
		_, err := s.Begin(t.Context(), "ana") // must not count as an identity
		require.NoError(t, err)
		got, err := s.Identities(t.Context(), "ana")
		require.NoError(t, err)
		assert.Equal(t, []string{one, two}, got)
	})
	t.Run("a person is blocked until unblocked, and no other", func(t *testing.T) {
		s := empty(t)
		for _, want := range []bool{false, true, true, false} {
			require.NoError(t, s.Block(t.Context(), "ana", want))
			_, err := s.Begin(t.Context(), "ana")
			require.NoError(t, err)
			got, err := s.Blocked(t.Context(), "ana")
			require.NoError(t, err)
			assert.Equal(t, want, got)
			other, err := s.Blocked(t.Context(), "ben")
			require.NoError(t, err)
			assert.False(t, other)
		}
	})
	t.Run("a person who was never seen has none", func(t *testing.T) {
		got, err := empty(t).Identities(t.Context(), "ana")
		require.NoError(t, err)
		assert.Empty(t, got)
	})
	t.Run("no change began before the first", func(t *testing.T) {
		n, err := empty(t).Begun(t.Context(), "ana")
		require.NoError(t, err)
		assert.Zero(t, n)
	})
	t.Run("each change has a count of its own, by person", func(t *testing.T) {
		s := empty(t)
		counts := make([]int64, 8)
		var wait sync.WaitGroup
		for i := range counts {
			wait.Go(func() { counts[i], _ = s.Begin(t.Context(), "ana") })
		}
		wait.Wait()
		assert.ElementsMatch(t, []int64{1, 2, 3, 4, 5, 6, 7, 8}, counts)
		n, err := s.Begun(t.Context(), "ana")
		require.NoError(t, err)
		assert.Equal(t, int64(8), n)
		n, err = s.Begun(t.Context(), "ben")
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}
