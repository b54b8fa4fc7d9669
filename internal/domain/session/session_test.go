package session_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/session"
	"connectedcar/internal/testing/memory"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func sealer(t *testing.T, fill ...byte) *session.Sealer {
	t.Helper()
	var keys [][]byte
	for _, b := range fill {
		keys = append(keys, bytes.Repeat([]byte{b}, 32))
	}
	s, err := session.NewSealer(keys...)
	require.NoError(t, err)
	return s
}

// clock is a Service with a time that tests set.
type clock struct {
	session.Service
	store memory.Sessions
	now   time.Time
}

func newClock(t *testing.T) *clock {
	c := &clock{now: noon}
	c.Service = session.Service{
		Store: &c.store, Sealer: sealer(t, 1), Idle: 30 * time.Minute, Absolute: 12 * time.Hour, Now: func() time.Time { return c.now },
	}
	return c
}

func TestASessionLastsWhileItIsUsedAndNotForEver(t *testing.T) {
	c := newClock(t)
	s, err := c.Begin(t.Context(), "ana", []byte("tokens"))
	require.NoError(t, err)
	for c.now.Before(noon.Add(12*time.Hour - 29*time.Minute)) {
		c.now = c.now.Add(29 * time.Minute)
		s, err = c.Get(t.Context(), s.ID)
		require.NoError(t, err, c.now)
		assert.Equal(t, "tokens", string(s.Data))
		s, err = c.Touch(t.Context(), s)
		require.NoError(t, err)
	}
	c.now = noon.Add(12 * time.Hour)
	_, err = c.Get(t.Context(), s.ID)
	require.ErrorIs(t, err, session.ErrEnded, "twelve hours are over")

	s, err = c.Begin(t.Context(), "ana", nil)
	require.NoError(t, err)
	c.now = c.now.Add(30 * time.Minute)
	_, err = c.Get(t.Context(), s.ID)
	require.ErrorIs(t, err, session.ErrEnded, "nobody used it")
}

func TestASessionIsWrittenOnceAMinute(t *testing.T) {
	c := newClock(t)
	s, err := c.Begin(t.Context(), "ana", nil)
	require.NoError(t, err)
	before, err := c.store.Get(t.Context(), session.KeyOf(s.ID))
	require.NoError(t, err)
	c.now = c.now.Add(59 * time.Second)
	_, err = c.Touch(t.Context(), s)
	require.NoError(t, err)
	after, err := c.store.Get(t.Context(), session.KeyOf(s.ID))
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestEveryPersonEndsTheirOwnSessionsEverywhere(t *testing.T) {
	c := newClock(t)
	var ids []string
	for _, user := range []string{"ana", "ana", "ben"} {
		s, err := c.Begin(t.Context(), user, nil)
		require.NoError(t, err)
		ids = append(ids, s.ID)
	}
	require.NoError(t, c.EndAll(t.Context(), "ana"))
	require.NoError(t, c.EndAll(t.Context(), "ana"), "again")
	for _, id := range ids[:2] {
		_, err := c.Get(t.Context(), id)
		require.ErrorIs(t, err, session.ErrEnded)
	}
	_, err := c.Get(t.Context(), ids[2])
	require.NoError(t, err, "another person's session goes on")
	c.now = c.now.Add(time.Second)
	s, err := c.Begin(t.Context(), "ana", nil)
	require.NoError(t, err)
	_, err = c.Get(t.Context(), s.ID)
	require.NoError(t, err, "a sign-in after it counts")
}

func TestTheStoreHoldsNeitherIDsNorData(t *testing.T) {
	c := newClock(t)
	s, err := c.Begin(t.Context(), "ana", []byte("secret-token"))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(s.ID), 26, "128 bits")
	row, err := c.store.Get(t.Context(), session.KeyOf(s.ID))
	require.NoError(t, err)
	assert.NotContains(t, string(row.Sealed), "secret-token")
	assert.NotContains(t, row.Key+string(row.Sealed), s.ID)
}

func TestARowOpensInItsOwnPlaceOnly(t *testing.T) {
	c := newClock(t)
	ana, err := c.Begin(t.Context(), "ana", nil)
	require.NoError(t, err)
	ben, err := c.Begin(t.Context(), "ben", nil)
	require.NoError(t, err)
	row, err := c.store.Get(t.Context(), session.KeyOf(ana.ID))
	require.NoError(t, err)
	row.Key, row.Version = session.KeyOf(ben.ID), 2
	require.NoError(t, c.store.Put(t.Context(), row), "somebody who can write the table copies a row over another")
	_, err = c.Get(t.Context(), ben.ID)
	require.ErrorIs(t, err, session.ErrEnded)
}

func TestIDsThatAreNone(t *testing.T) {
	c := newClock(t)
	for _, id := range []string{"", "short", strings.Repeat("A", 26), strings.Repeat("A", 65), "../../../../../../etc/passwd"} {
		_, err := c.Get(t.Context(), id)
		assert.ErrorIs(t, err, session.ErrEnded, id)
	}
}

func TestAnEndedSessionStaysEnded(t *testing.T) {
	c := newClock(t)
	s, err := c.Begin(t.Context(), "ana", nil)
	require.NoError(t, err)
	require.NoError(t, c.End(t.Context(), s.ID))
	require.NoError(t, c.End(t.Context(), s.ID), "again")
	_, err = c.Save(t.Context(), s)
	require.ErrorIs(t, err, session.ErrChanged, "a request that was under way brings it back to nobody")
	_, err = c.Get(t.Context(), s.ID)
	require.ErrorIs(t, err, session.ErrEnded)
}

func TestKeysChangeWhilePeopleAreSignedIn(t *testing.T) {
	old, both, fresh := sealer(t, 1), sealer(t, 2, 1), sealer(t, 2)
	text, err := both.Open(old.Seal([]byte("x"), "p"), "p")
	require.NoError(t, err)
	assert.Equal(t, "x", string(text))
	_, err = fresh.Open(both.Seal([]byte("x"), "p"), "p")
	require.NoError(t, err, "the first key seals")
	_, err = fresh.Open(old.Seal([]byte("x"), "p"), "p")
	require.Error(t, err)
	_, err = both.Open(old.Seal([]byte("x"), "p"), "q")
	require.Error(t, err, "for another purpose")
}

func TestKeysThatAreNone(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, text := range []string{good + ", " + good, strings.Repeat("9", 43), strings.TrimRight(good, "=")} {
		_, err := session.ParseSealer(text)
		require.NoError(t, err, "%s", text)
	}
	for text, want := range map[string]string{
		"": "key 1 has 0 bytes, allowed are 32", "AAAA": "key 1 has 3 bytes", good + ",*": "key 2 of 2 is not base64",
	} {
		_, err := session.ParseSealer(text)
		assert.ErrorContains(t, err, want)
	}
}
