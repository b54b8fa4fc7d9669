package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/notification"
)

// DeliveriesStore is a store of deliveries.
type DeliveriesStore interface {
	notification.Ledger
	notification.Notes
}

// Deliveries tests a store of deliveries; empty makes a new store.
func Deliveries(t *testing.T, empty func(t *testing.T) DeliveriesStore) {
	claim := func(t *testing.T, s DeliveriesStore, at time.Time) notification.LeaseState {
		t.Helper()
		state, err := s.Lease(t.Context(), "d", at, time.Minute)
		require.NoError(t, err)
		return state
	}
	t.Run("a claim holds until its lease ends", func(t *testing.T) {
		s := empty(t)
		assert.Equal(t, notification.Leased, claim(t, s, noon))
		assert.Equal(t, notification.Busy, claim(t, s, noon.Add(59*time.Second)))
		assert.Equal(t, notification.Leased, claim(t, s, noon.Add(time.Minute)))
	})
	t.Run("what is released can be claimed", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Release(t.Context(), "d"), "nothing to release is no error")
		assert.Equal(t, notification.Leased, claim(t, s, noon))
		require.NoError(t, s.Release(t.Context(), "d"))
		assert.Equal(t, notification.Leased, claim(t, s, noon))
	})
	t.Run("what is done stays done", func(t *testing.T) {
		s := empty(t)
		assert.Equal(t, notification.Leased, claim(t, s, noon))
		require.NoError(t, s.Finish(t.Context(), "d", noon))
		require.NoError(t, s.Release(t.Context(), "d"))
		assert.Equal(t, notification.Done, claim(t, s, noon.Add(time.Hour)))
	})
	t.Run("what was told of a thread is the newest", func(t *testing.T) {
		s := empty(t)
		told, err := s.LastNotified(t.Context(), "th")
		require.NoError(t, err)
		assert.True(t, told.IsZero())
		for _, at := range []time.Time{noon, noon.Add(time.Hour)} {
			require.NoError(t, s.SetNotified(t.Context(), "th", at, noon))
			told, err = s.LastNotified(t.Context(), "th")
			require.NoError(t, err)
			assert.Equal(t, at, told)
		}
	})
	t.Run("a counter stops at its most", func(t *testing.T) {
		s := empty(t)
		for _, want := range []bool{true, true, false, false} {
			within, err := s.Count(t.Context(), "c", 2, noon.Add(time.Hour))
			require.NoError(t, err)
			assert.Equal(t, want, within)
		}
		within, err := s.Count(t.Context(), "c2", 2, noon.Add(time.Hour))
		require.NoError(t, err)
		assert.True(t, within, "another counter")
	})
}
