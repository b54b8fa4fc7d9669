package idempotency_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/errs"
	"connectedcar/internal/testing/memory"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func keeper(now *time.Time) *idempotency.Service {
	return &idempotency.Service{Store: &memory.Onces{}, Now: func() time.Time { return *now }}
}

func TestTheSameKeyAgainGetsTheFirstAnswer(t *testing.T) {
	now, done := noon, 0
	k := keeper(&now)
	do := func(context.Context) (idempotency.Answer, bool) {
		done++
		return idempotency.Answer{Status: 201, Header: map[string]string{"Location": "/a"}, Body: []byte{byte(done)}}, true
	}
	first, again, err := k.Do(t.Context(), "id", "h", do)
	require.NoError(t, err)
	assert.False(t, again)
	now = noon.Add(idempotency.Retention - time.Second)
	second, again, err := k.Do(t.Context(), "id", "h", do)
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, first, second)
	assert.Equal(t, 1, done)

	_, _, err = k.Do(t.Context(), "id", "other", do)
	require.ErrorIs(t, err, idempotency.ErrOther)
	_, again, err = k.Do(t.Context(), "id2", "h", do)
	require.NoError(t, err)
	assert.False(t, again, "another key")
	now = noon.Add(idempotency.Retention)
	_, again, err = k.Do(t.Context(), "id", "other", do)
	require.NoError(t, err)
	assert.False(t, again, "a day later the key is free")
}

func TestWhatCameToNothingMayBeTriedAgain(t *testing.T) {
	now := noon
	k := keeper(&now)
	for name, a := range map[string]idempotency.Answer{"an answer that is not to be kept": {Status: 400}, "an answer too long to keep": {Status: 200, Body: make([]byte, idempotency.MaxBody+1)}} {
		for range 2 {
			_, again, err := k.Do(t.Context(), name, "h", func(context.Context) (idempotency.Answer, bool) { return a, a.Status == 200 })
			require.NoError(t, err)
			assert.False(t, again)
		}
	}
}

func TestOfManyAtOnceOneIsDone(t *testing.T) {
	now := noon
	k := keeper(&now)
	var done, refused atomic.Int32
	var wait sync.WaitGroup
	release := make(chan struct{})
	for range 8 {
		wait.Go(func() {
			_, _, err := k.Do(t.Context(), "id", "h", func(context.Context) (idempotency.Answer, bool) {
				done.Add(1)
				<-release
				return idempotency.Answer{Status: 200}, true
			})
			if errors.Is(err, idempotency.ErrRunning) && refused.Add(1) == 7 {
				close(release)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, int32(1), done.Load())
	assert.Equal(t, int32(7), refused.Load())
}

func TestARequestThatWasCutOffIsDoneAgain(t *testing.T) {
	now := noon
	k := keeper(&now)
	_, _, err := k.Do(t.Context(), "id", "h", func(ctx context.Context) (idempotency.Answer, bool) {
		now = noon.Add(idempotency.Patience + time.Millisecond)
		_, again, err := k.Do(ctx, "id", "h", func(context.Context) (idempotency.Answer, bool) { return idempotency.Answer{Status: 202}, true })
		require.NoError(t, err)
		assert.False(t, again)
		return idempotency.Answer{Status: 500}, false // the first run ends after Patience: its result is ignored
	})
	require.NoError(t, err)
	a, again, err := k.Do(t.Context(), "id", "h", nil)
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, 202, a.Status)
}

type brokenStore struct{ idempotency.Store }

func (brokenStore) Finish(context.Context, string, time.Time, idempotency.Answer) error {
	return errs.As(errs.Unavailable, errors.New("away"))
}

func TestWhatIsDoneIsAnsweredThoughItCannotBeKept(t *testing.T) {
	k := &idempotency.Service{Store: brokenStore{&memory.Onces{}}, Now: func() time.Time { return noon }}
	a, _, err := k.Do(t.Context(), "id", "h", func(context.Context) (idempotency.Answer, bool) { return idempotency.Answer{Status: 201}, true })
	assert.Equal(t, errs.Unavailable, errs.Of(err))
	assert.Equal(t, 201, a.Status)
}

func TestIDsAreOfTheirParts(t *testing.T) {
	assert.NotEqual(t, idempotency.ID("ab", "c", "k"), idempotency.ID("a", "bc", "k"))
	assert.Equal(t, idempotency.Hash("a", "b"), idempotency.Hash("a", "b"))
}
