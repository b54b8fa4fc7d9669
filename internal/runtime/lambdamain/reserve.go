package lambdamain

import (
	"context"
	"time"
)

// reserve is kept of a function's time for its answer: AWS Lambda ends a function at its deadline without one, and the whole batch comes
// again.
const reserve = 2 * time.Second

// Reserve returns a context that ends a little before the function's deadline, so that a batch cut short still reports what it did.
// A context without a deadline gets none.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-context.html
func Reserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
