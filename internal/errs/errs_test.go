package errs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/errs"
)

func TestOf(t *testing.T) {
	cause := errors.New("no such table")
	tests := map[string]struct {
		err   error
		want  errs.Category
		retry bool
	}{
		"an unsorted error is internal and tried again":  {cause, errs.Internal, true},
		"a sorted error keeps its category when wrapped": {fmt.Errorf("store: %w", errs.As(errs.NotFound, cause)), errs.NotFound, false},
		"the outermost category counts":                  {errs.As(errs.Invalid, errs.As(errs.Throttled, cause)), errs.Invalid, false},
		"a passed deadline is tried again":               {fmt.Errorf("store: %w", context.DeadlineExceeded), errs.Unavailable, true},
		"throttling is tried again":                      {errs.As(errs.Throttled, cause), errs.Throttled, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, errs.Of(tc.err))
			assert.Equal(t, tc.retry, errs.Of(tc.err).Retry())
		})
	}
}

func TestAsKeepsTheCauseAndItsText(t *testing.T) {
	cause := errors.New("no such table")
	err := errs.As(errs.NotFound, cause)
	assert.ErrorIs(t, err, cause)
	assert.EqualError(t, err, "no such table")
	assert.NoError(t, errs.As(errs.NotFound, nil))
}

func TestEveryCategoryHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for c := errs.Internal; c <= errs.Unavailable; c++ {
		assert.NotEmpty(t, c.String())
		assert.False(t, seen[c.String()], c.String())
		seen[c.String()] = true
	}
}
