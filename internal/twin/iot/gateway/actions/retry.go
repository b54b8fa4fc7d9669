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

// Retrier retries calls while their destination is unreachable or overloaded.
type Retrier struct {
	// Within is the longest time for all attempts of one call.
	Within time.Duration
	// First and Most are the shortest and the longest pause between attempts. Pauses double from First to Most.
	First, Most time.Duration
	// Report is called with the outcome of every attempt that shows the destination's health: nil if the destination responded.
	Report func(destination string, err error)
}

// errUnavailable marks temporary errors.
var errUnavailable = errors.New("destination unavailable")

// Unavailable reports whether the destination could not be reached, in contrast to a destination that refused the message.
func Unavailable(err error) bool { return errors.Is(err, errUnavailable) }

// Do repeats the call until it succeeds, fails permanently, or the time Within or the context is over.
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
			r.Report(destination, nil) // it responded, so it is healthy
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

// permanentError is an error that must not be retried.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks an error that must not be retried.
func Permanent(err error) error { return permanentError{err} }

// temporary reports whether a retry may succeed: after no response, a server error or throttling.
func temporary(err error) bool {
	var never permanentError
	if errors.As(err, &never) || errors.Is(err, sql.ErrPayload) {
		return false
	}
	if retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err).Bool() {
		return true
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() > 0 { // without a status there was no response
		return answer.HTTPStatusCode() >= http.StatusInternalServerError || answer.HTTPStatusCode() == http.StatusTooManyRequests
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorFault() != smithy.FaultClient
	}
	return true
}
