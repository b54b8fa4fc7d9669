package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/fault"
)

func TestOf(t *testing.T) {
	cause := errors.New("no such table")
	tests := map[string]struct {
		err   error
		want  fault.Category
		retry bool
	}{
		"an unsorted error is internal and tried again":  {cause, fault.Internal, true},
		"a sorted error keeps its category when wrapped": {fmt.Errorf("store: %w", fault.As(fault.NotFound, cause)), fault.NotFound, false},
		"the outermost category counts":                  {fault.As(fault.Invalid, fault.As(fault.Throttled, cause)), fault.Invalid, false},
		"a passed deadline is tried again":               {fmt.Errorf("store: %w", context.DeadlineExceeded), fault.Unavailable, true},
		"throttling is tried again":                      {fault.As(fault.Throttled, cause), fault.Throttled, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, fault.Of(tc.err))
			assert.Equal(t, tc.retry, fault.Of(tc.err).Retry())
		})
	}
}

func TestAsKeepsTheCauseAndItsText(t *testing.T) {
	cause := errors.New("no such table")
	err := fault.As(fault.NotFound, cause)
	assert.ErrorIs(t, err, cause)
	assert.EqualError(t, err, "no such table")
	assert.NoError(t, fault.As(fault.NotFound, nil))
}

func TestEveryCategoryHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for c := fault.Internal; c <= fault.Unavailable; c++ {
		assert.NotEmpty(t, c.String())
		assert.False(t, seen[c.String()], c.String())
		seen[c.String()] = true
	}
}
