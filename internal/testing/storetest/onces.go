package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/idempotency"
)

// Onces tests a store of requests with an idempotency key; empty makes a new store.
func Onces(t *testing.T, empty func(t *testing.T) idempotency.Store) {
	begun := idempotency.Record{ID: "id", Hash: "h", BegunAt: noon, ExpiresAt: noon.Add(time.Hour).Truncate(time.Second)}
	answer := idempotency.Answer{Status: 201, Header: map[string]string{"Location": "/v1/a", "ETag": `"1"`}, Body: []byte("\x00{}")}
	later := func(at time.Time) idempotency.Record {
		return idempotency.Record{ID: "id", Hash: "h2", BegunAt: at, ExpiresAt: at.Add(time.Hour)}
	}
	begin := func(t *testing.T, s idempotency.Store, r idempotency.Record, since time.Time) idempotency.Record {
		t.Helper()
		got, err := s.Begin(t.Context(), r, since)
		require.NoError(t, err)
		return got
	}
	t.Run("the first is kept, and stands in the way of the second", func(t *testing.T) {
		s := empty(t)
		assert.Equal(t, idempotency.Record{}, begin(t, s, begun, noon))
		assert.Equal(t, begun, begin(t, s, later(noon.Add(time.Second)), noon))
		other := begun
		other.ID = "another id"
		assert.Equal(t, idempotency.Record{}, begin(t, s, other, noon))
	})
	t.Run("an answer stays with its record", func(t *testing.T) {
		s := empty(t)
		begin(t, s, begun, noon)
		require.NoError(t, s.Finish(t.Context(), "id", noon, answer))
		require.NoError(t, s.Drop(t.Context(), "id", noon))
		want := begun
		want.Answer = &answer
		assert.Equal(t, want, begin(t, s, later(noon.Add(time.Minute)), noon.Add(time.Minute)))
	})
	t.Run("an answer may have neither header nor body", func(t *testing.T) {
		s := empty(t)
		begin(t, s, begun, noon)
		require.NoError(t, s.Finish(t.Context(), "id", noon, idempotency.Answer{Status: 204}))
		got := begin(t, s, later(noon.Add(time.Minute)), noon)
		require.NotNil(t, got.Answer)
		assert.Equal(t, 204, got.Answer.Status)
		assert.Empty(t, got.Answer.Header)
		assert.Empty(t, got.Answer.Body)
	})
	t.Run("one without an answer gives way when its time is over, and has no say any more", func(t *testing.T) {
		s := empty(t)
		begin(t, s, begun, noon)
		second := later(noon.Add(time.Minute))
		assert.Equal(t, idempotency.Record{}, begin(t, s, second, noon.Add(time.Millisecond)))
		require.NoError(t, s.Finish(t.Context(), "id", noon, answer))
		require.NoError(t, s.Drop(t.Context(), "id", noon))
		got := begin(t, s, later(noon.Add(2*time.Minute)), noon)
		assert.Nil(t, got.Answer)
		assert.Equal(t, "h2", got.Hash)
	})
	t.Run("what is dropped and what has expired is as if it had never been", func(t *testing.T) {
		s := empty(t)
		begin(t, s, begun, noon)
		require.NoError(t, s.Drop(t.Context(), "id", noon))
		require.NoError(t, s.Drop(t.Context(), "nothing", noon))
		require.NoError(t, s.Finish(t.Context(), "nothing", noon, answer))
		assert.Equal(t, idempotency.Record{}, begin(t, s, begun, noon))
		require.NoError(t, s.Finish(t.Context(), "id", noon, answer))
		assert.Equal(t, idempotency.Record{}, begin(t, s, later(begun.ExpiresAt), noon))
	})
}
