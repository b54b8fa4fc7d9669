package sql

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// eval evaluates an expression.
type eval func(e *env) value

// env is the state of one evaluation.
type env struct {
	ctx     context.Context
	msg     Message
	svc     Services
	payload payload
	scopes  []value // current elements of the enclosing nested queries, outermost first
	vars    []variable
	version Version
	err     error     // the first error: it ends the evaluation
	cost    int       // elements that nested queries visited, which can multiply
	until   time.Time // deadline of nested queries; set at the first element
}

// variable is a variable of the SET clause. It is evaluated at its first use.
type variable struct {
	expr eval
	done bool
	val  value
}

const (
	// maxCost is the largest number of elements that nested queries visit in one evaluation.
	maxCost = 1 << 20
	// maxTime is the longest time of the nested queries in one evaluation.
	maxTime = 2 * time.Second
	// maxText is the longest result of one function, in bytes.
	maxText = 1 << 20
	// maxResult is the longest result of a statement, in bytes.
	maxResult = 4 << 20
)

// maxPooled is the largest number of payload members for which the state is reused by the next evaluation. Larger states are freed.
const maxPooled = 256

var envs = sync.Pool{New: func() any { return new(env) }}

func newEnv(ctx context.Context, m Message, svc Services, vars []eval, v Version) *env {
	e := envs.Get().(*env)
	e.ctx, e.msg, e.svc, e.version = ctx, m, svc, v
	for _, v := range vars {
		e.vars = append(e.vars, variable{expr: v})
	}
	// The string shares the payload's bytes. That is safe: they do not change during the evaluation, and results are copied.
	e.payload.text = textOf(m.Payload)
	return e
}

func (e *env) release() {
	if cap(e.payload.members) > maxPooled {
		e.payload.members = nil
	}
	clear(e.vars)
	clear(e.scopes)
	*e = env{payload: payload{members: e.payload.members[:0]}, vars: e.vars[:0], scopes: e.scopes[:0]}
	envs.Put(e)
}

// fail ends the evaluation with an error.
func (e *env) fail(format string, args ...any) value {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
	return valUndefined
}

// visit counts an element of a nested query, and reports whether to continue.
func (e *env) visit() bool {
	if e.cost == 0 {
		e.until = time.Now().Add(maxTime)
	}
	e.cost++
	if e.cost > maxCost {
		e.fail("nested queries visit more than %d elements", maxCost)
	}
	if e.cost&15 == 0 && time.Now().After(e.until) {
		e.fail("nested queries take longer than %s", maxTime)
	}
	if e.ctx.Err() != nil {
		e.fail("evaluate nested query: %w", e.ctx.Err())
	}
	return e.err == nil
}
