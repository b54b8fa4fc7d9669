package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/session"
)

// Sessions tests a store of sessions; empty makes a new store.
func Sessions(t *testing.T, empty func(t *testing.T) session.Store) {
	first := session.Row{Key: "k", Version: 1, Sealed: []byte("\x00a"), ExpiresAt: noon.Add(time.Hour).Truncate(time.Second)}
	second := session.Row{Key: "k", Version: 2, Sealed: []byte("b"), ExpiresAt: noon.Add(2 * time.Hour).Truncate(time.Second)}
	t.Run("a row is read as it was written", func(t *testing.T) {
		s := empty(t)
		_, err := s.Get(t.Context(), "k")
		require.ErrorIs(t, err, session.ErrEnded)
		require.NoError(t, s.Put(t.Context(), first))
		got, err := s.Get(t.Context(), "k")
		require.NoError(t, err)
		assert.Equal(t, first, got)
	})
	t.Run("of two changes of one version the second is refused", func(t *testing.T) {
		s := empty(t)
		require.ErrorIs(t, s.Put(t.Context(), second), session.ErrChanged, "it is not there")
		require.NoError(t, s.Put(t.Context(), first))
		require.ErrorIs(t, s.Put(t.Context(), other(first)), session.ErrChanged, "it is there already")
		require.NoError(t, s.Put(t.Context(), second))
		require.ErrorIs(t, s.Put(t.Context(), other(second)), session.ErrChanged)
		got, err := s.Get(t.Context(), "k")
		require.NoError(t, err)
		assert.Equal(t, second, got)
	})
	t.Run("a row whose answer was lost is written again", func(t *testing.T) {
		s := empty(t)
		for _, r := range []session.Row{first, first, second, second} {
			require.NoError(t, s.Put(t.Context(), r))
		}
		require.ErrorIs(t, s.Put(t.Context(), first), session.ErrChanged)
	})
	t.Run("a deleted row is gone, and cannot be changed", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Delete(t.Context(), "k"), "it was never there")
		require.NoError(t, s.Put(t.Context(), first))
		require.NoError(t, s.Delete(t.Context(), "k"))
		_, err := s.Get(t.Context(), "k")
		require.ErrorIs(t, err, session.ErrEnded)
		require.ErrorIs(t, s.Put(t.Context(), second), session.ErrChanged)
	})
}

// other is a row with the same key and version that another writer made.
func other(r session.Row) session.Row {
	r.Sealed = []byte("other")
	return r
}
