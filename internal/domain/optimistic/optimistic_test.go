package optimistic_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/optimistic"
)

var (
	errStale = errors.New("stale")
	errOther = errors.New("other")
)

func TestRetry(t *testing.T) {
	stale := fmt.Errorf("write: %w", errStale)
	for name, c := range map[string]struct {
		results []error // of the attempts; the last one repeats
		want    error
		tries   int
	}{
		"a change that fits ends at once":       {[]error{nil}, nil, 1},
		"a lost race starts again":              {[]error{stale, stale, nil}, nil, 3},
		"another error ends it":                 {[]error{stale, errOther}, errOther, 2},
		"a race that is lost for ever is given": {[]error{stale}, errStale, optimistic.Tries},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				err := optimistic.Retry(t.Context(), errStale, func() error {
					tries++
					return c.results[min(tries, len(c.results))-1]
				})
				assert.ErrorIs(t, err, c.want)
				assert.Equal(t, c.tries, tries)
			})
		})
	}
}

func TestACancelledContextEndsTheWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := optimistic.Retry(ctx, errStale, func() error { cancel(); return errStale })
	assert.ErrorIs(t, err, context.Canceled)
}
