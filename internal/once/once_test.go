package once_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/fault"
	"connectedcar/internal/memory"
	"connectedcar/internal/once"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func keeper(now *time.Time) *once.Keeper {
	return &once.Keeper{Store: &memory.Onces{}, Now: func() time.Time { return *now }}
}

func TestTheSameKeyAgainGetsTheFirstAnswer(t *testing.T) {
	now, done := noon, 0
	k := keeper(&now)
	do := func(context.Context) (once.Answer, bool) {
		done++
		return once.Answer{Status: 201, Header: map[string]string{"Location": "/a"}, Body: []byte{byte(done)}}, true
	}
	first, again, err := k.Do(t.Context(), "id", "h", do)
	require.NoError(t, err)
	assert.False(t, again)
	now = noon.Add(once.Retention - time.Second)
	second, again, err := k.Do(t.Context(), "id", "h", do)
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, first, second)
	assert.Equal(t, 1, done)

	_, _, err = k.Do(t.Context(), "id", "other", do)
	require.ErrorIs(t, err, once.ErrOther)
	_, again, err = k.Do(t.Context(), "id2", "h", do)
	require.NoError(t, err)
	assert.False(t, again, "another key")
	now = noon.Add(once.Retention)
	_, again, err = k.Do(t.Context(), "id", "other", do)
	require.NoError(t, err)
	assert.False(t, again, "a day later the key is free")
}

func TestWhatCameToNothingMayBeTriedAgain(t *testing.T) {
	now := noon
	k := keeper(&now)
	for name, a := range map[string]once.Answer{"an answer that is not to be kept": {Status: 400}, "an answer too long to keep": {Status: 200, Body: make([]byte, once.MaxBody+1)}} {
		for range 2 {
			_, again, err := k.Do(t.Context(), name, "h", func(context.Context) (once.Answer, bool) { return a, a.Status == 200 })
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
			_, _, err := k.Do(t.Context(), "id", "h", func(context.Context) (once.Answer, bool) {
				done.Add(1)
				<-release
				return once.Answer{Status: 200}, true
			})
			if errors.Is(err, once.ErrRunning) && refused.Add(1) == 7 {
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
	_, _, err := k.Do(t.Context(), "id", "h", func(ctx context.Context) (once.Answer, bool) {
		now = noon.Add(once.Patience + time.Millisecond)
		_, again, err := k.Do(ctx, "id", "h", func(context.Context) (once.Answer, bool) { return once.Answer{Status: 202}, true })
		require.NoError(t, err)
		assert.False(t, again)
		return once.Answer{Status: 500}, false // it comes back after all: too late to have a say
	})
	require.NoError(t, err)
	a, again, err := k.Do(t.Context(), "id", "h", nil)
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, 202, a.Status)
}

type brokenStore struct{ once.Store }

func (brokenStore) Finish(context.Context, string, time.Time, once.Answer) error {
	return fault.As(fault.Unavailable, errors.New("away"))
}

func TestWhatIsDoneIsAnsweredThoughItCannotBeKept(t *testing.T) {
	k := &once.Keeper{Store: brokenStore{&memory.Onces{}}, Now: func() time.Time { return noon }}
	a, _, err := k.Do(t.Context(), "id", "h", func(context.Context) (once.Answer, bool) { return once.Answer{Status: 201}, true })
	assert.Equal(t, fault.Unavailable, fault.Of(err))
	assert.Equal(t, 201, a.Status)
}

func TestIDsAreOfTheirParts(t *testing.T) {
	assert.NotEqual(t, once.ID("ab", "c", "k"), once.ID("a", "bc", "k"))
	assert.Equal(t, once.Hash("a", "b"), once.Hash("a", "b"))
}
