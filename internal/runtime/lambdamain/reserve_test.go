package lambdamain_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/runtime/lambdamain"
)

func TestTheWorkEndsBeforeTheFunctionDoes(t *testing.T) {
	end := time.Now().Add(time.Minute)
	function, cancel := context.WithDeadline(t.Context(), end)
	defer cancel()
	work, stop := lambdamain.Reserve(function)
	defer stop()
	deadline, ok := work.Deadline()
	assert.True(t, ok)
	assert.Equal(t, 2*time.Second, end.Sub(deadline))
}

func TestAContextWithoutADeadlineGetsNone(t *testing.T) {
	work, stop := lambdamain.Reserve(context.WithoutCancel(t.Context()))
	_, ok := work.Deadline()
	assert.False(t, ok)
	assert.NoError(t, work.Err())
	stop()
	assert.ErrorIs(t, work.Err(), context.Canceled)
}
