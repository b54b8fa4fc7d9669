package lambdamain

import (
	"context"
	"time"
)

// reserve is the time kept for returning the response. At the deadline AWS Lambda ends a function without a response, and the whole batch
// is retried.
const reserve = 2 * time.Second

// Reserve returns a context that ends shortly before the function's deadline, so that a function can report the part of the batch that it
// has processed. If ctx has no deadline, neither has the result.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-context.html
func Reserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}
