package actions

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"connectedcar/internal/twin/iot/sql"
)

// Retrier tries calls again while their destination cannot be reached or is overloaded.
type Retrier struct {
	// Within bounds the time for all tries of one call.
	Within time.Duration
	// First and Most are the pauses between tries: they double from the one to the other.
	First, Most time.Duration
	// Report is told the outcome of every try that says something about the destination's health.
	Report func(destination string, err error)
}

// errUnavailable marks what another try may mend.
var errUnavailable = errors.New("destination unavailable")

// Unavailable tells whether the error is of a destination that could not be reached, as opposed to one that refused.
func Unavailable(err error) bool { return errors.Is(err, errUnavailable) }

// Do calls until it succeeds, is refused, or the time is over.
func (r *Retrier) Do(ctx context.Context, destination string, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.Within)
	defer cancel()
	pause := r.First
	for tries := 1; ; tries++ {
		err := call(ctx)
		if err == nil {
			r.Report(destination, nil)
			return nil
		}
		if !temporary(err) {
			r.Report(destination, nil) // it answered
			return err
		}
		if ctx.Err() == nil {
			r.Report(destination, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w after %d tries: %w", errUnavailable, tries, err)
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, r.Most)
	}
}

// permanentError is a failure that no repetition mends.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks a failure that no repetition mends.
func Permanent(err error) error { return permanentError{err} }

// temporary tells failures that a repetition may mend: no answer, an answer of the server's fault, or throttling.
func temporary(err error) bool {
	var never permanentError
	if errors.As(err, &never) || errors.Is(err, sql.ErrPayload) {
		return false
	}
	if retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool() {
		return true
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() > 0 { // without a status nothing was answered
		return answer.HTTPStatusCode() >= http.StatusInternalServerError || answer.HTTPStatusCode() == http.StatusTooManyRequests
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorFault() != smithy.FaultClient
	}
	return true
}
