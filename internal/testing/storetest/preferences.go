package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
)

// Preferences tests a store of preferences and phones; empty makes a new store.
func Preferences(t *testing.T, empty func(t *testing.T) preference.Store) {
	full := preference.Preferences{
		UserID: "u1", Email: preference.Rule{Minimum: alert.Low}, SMS: preference.Rule{On: true, Minimum: alert.Critical},
		Kinds:       map[alert.Kind]preference.Choice{alert.FuelLow: {SMS: true}, alert.Anomaly("Vehicle.Speed"): {Email: true}},
		ResolvedToo: true, Quiet: &preference.Quiet{From: 22 * 60, To: 0, Zone: "Europe/Berlin"},
		Limit: preference.Limit{PerHour: 1, PerDay: 2},
	}
	t.Run("who has said nothing has the default", func(t *testing.T) {
		got, err := empty(t).Preferences(t.Context(), "u1")
		require.NoError(t, err)
		assert.Equal(t, preference.Default("u1"), got)
	})
	t.Run("preferences come back as they were put", func(t *testing.T) {
		s := empty(t)
		put, err := s.PutPreferences(t.Context(), full)
		require.NoError(t, err)
		want := full
		want.Version = 1
		assert.Equal(t, want, put)
		got, err := s.Preferences(t.Context(), "u1")
		require.NoError(t, err)
		assert.Equal(t, want, got)
		other, err := s.Preferences(t.Context(), "u2")
		require.NoError(t, err)
		assert.Zero(t, other.Version)
	})
	t.Run("preferences are written once from each version", func(t *testing.T) {
		s := empty(t)
		first, err := s.PutPreferences(t.Context(), full)
		require.NoError(t, err)
		other := full
		other.Limit.PerDay++
		_, err = s.PutPreferences(t.Context(), other)
		require.ErrorIs(t, err, preference.ErrStale)
		first.ResolvedToo, first.Quiet = false, nil
		second, err := s.PutPreferences(t.Context(), first)
		require.NoError(t, err)
		again, err := s.PutPreferences(t.Context(), first)
		require.NoError(t, err, "its answer was lost")
		assert.Equal(t, second, again)
		other.Version = first.Version
		_, err = s.PutPreferences(t.Context(), other)
		require.ErrorIs(t, err, preference.ErrStale)
		got, err := s.Preferences(t.Context(), "u1")
		require.NoError(t, err)
		assert.Equal(t, second, got)
		assert.Nil(t, got.Quiet)
	})
	t.Run("a phone is kept beside the preferences, and can be removed", func(t *testing.T) {
		s := empty(t)
		phone := preference.Phone{Number: "+4915112345678", VerifiedAt: noon, OptedInAt: noon.Add(-time.Minute)}
		require.NoError(t, s.PutPhone(t.Context(), "u1", phone))
		_, err := s.PutPreferences(t.Context(), full)
		require.NoError(t, err)
		got, err := s.Phone(t.Context(), "u1")
		require.NoError(t, err)
		assert.Equal(t, phone, got)
		require.NoError(t, s.PutPhone(t.Context(), "u1", preference.Phone{}))
		got, err = s.Phone(t.Context(), "u1")
		require.NoError(t, err)
		assert.Equal(t, preference.Phone{}, got)
	})
}

// Challenges tests a store of verification codes for phones; empty makes a new store.
func Challenges(t *testing.T, empty func(t *testing.T) preference.Challenges) {
	c := preference.Challenge{UserID: "u1", Number: "+4915112345678", Hash: "h", OptedInAt: noon, ExpiresAt: noon.Add(preference.CodeLifetime)}
	t.Run("a challenge comes back until it is over", func(t *testing.T) {
		s := empty(t)
		_, err := s.Try(t.Context(), "u1", noon)
		require.ErrorIs(t, err, preference.ErrWrongCode, "there is none")
		require.NoError(t, s.Begin(t.Context(), c))
		got, err := s.Try(t.Context(), "u1", c.ExpiresAt.Add(-time.Millisecond))
		require.NoError(t, err)
		assert.Equal(t, c, got)
		_, err = s.Try(t.Context(), "u1", c.ExpiresAt)
		require.ErrorIs(t, err, preference.ErrWrongCode, "it is too old")
		_, err = s.Try(t.Context(), "u2", noon)
		require.ErrorIs(t, err, preference.ErrWrongCode, "it is another's")
	})
	t.Run("a challenge can be tried so many times", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Begin(t.Context(), c))
		for range preference.CodeTries {
			_, err := s.Try(t.Context(), "u1", noon)
			require.NoError(t, err)
		}
		_, err := s.Try(t.Context(), "u1", noon)
		require.ErrorIs(t, err, preference.ErrWrongCode)
	})
	t.Run("a challenge ends once, and a newer one stays", func(t *testing.T) {
		s := empty(t)
		require.NoError(t, s.Begin(t.Context(), c))
		newer := c
		newer.Hash = "other"
		require.NoError(t, s.Begin(t.Context(), newer))
		require.ErrorIs(t, s.End(t.Context(), c), preference.ErrWrongCode)
		require.NoError(t, s.End(t.Context(), newer))
		require.ErrorIs(t, s.End(t.Context(), newer), preference.ErrWrongCode)
	})
	t.Run("so many codes of a name are counted on a day", func(t *testing.T) {
		s := empty(t)
		counted := func(name string, at time.Time) bool {
			within, err := s.CountCode(t.Context(), name, 2, at)
			require.NoError(t, err)
			return within
		}
		assert.True(t, counted("a", noon))
		assert.True(t, counted("a", noon))
		assert.False(t, counted("a", noon))
		assert.True(t, counted("b", noon))
		assert.True(t, counted("a", noon.Add(24*time.Hour)))
	})
}
