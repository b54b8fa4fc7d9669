package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/presence"
)

// Presences tests a store of connection states; empty makes a new store.
func Presences(t *testing.T, empty func(t *testing.T) presence.Store) {
	t.Run("a car that never connected is known by name alone", func(t *testing.T) {
		got, err := empty(t).Presence(t.Context(), carOne)
		require.NoError(t, err)
		assert.Equal(t, presence.State{VIN: carOne}, got)
		assert.False(t, got.Known())
	})
	t.Run("a state comes back as it was put, one revision on, and so does one with less", func(t *testing.T) {
		s := empty(t)
		full := presence.State{
			VIN: carOne, Connected: true, Since: noon, LastSeen: noon.Add(time.Second), Version: 7, Session: "s", ByClient: true,
			Reason: "r", LostAt: noon.Add(-time.Minute),
		}
		plain := presence.State{VIN: carOne, Since: noon, LastSeen: noon, Revision: 1}
		for _, state := range []presence.State{full, plain} {
			require.NoError(t, s.PutPresence(t.Context(), state))
			state.Revision++
			got, err := s.Presence(t.Context(), carOne)
			require.NoError(t, err)
			assert.Equal(t, state, got)
		}
	})
	t.Run("of two who read one revision one is stale", func(t *testing.T) {
		s := empty(t)
		for range 2 { // first without a row, then with one
			a, err := s.Presence(t.Context(), carOne)
			require.NoError(t, err)
			b := a
			a.Since, b.Since = noon, noon
			require.NoError(t, s.PutPresence(t.Context(), a))
			require.ErrorIs(t, s.PutPresence(t.Context(), b), presence.ErrStale)
		}
	})
}
