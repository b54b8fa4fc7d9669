package sql

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// eval computes an expression.
type eval func(e *env) value

// env is the state of one evaluation.
type env struct {
	ctx     context.Context
	msg     Message
	svc     Services
	payload payload
	scopes  []value // the elements that the nested queries around are at, outermost first
	vars    []variable
	version Version
	err     error     // the first failure: it ends the evaluation
	cost    int       // elements visited by nested queries, which may multiply
	until   time.Time // when nested queries must be done; set at the first element
}

// variable is one of the SET clause, computed when first used.
type variable struct {
	expr eval
	done bool
	val  value
}

const (
	// maxCost bounds the elements that one evaluation visits in nested queries.
	maxCost = 1 << 20
	// maxTime bounds how long nested queries take.
	maxTime = 2 * time.Second
	// maxText bounds what one function may make, in bytes.
	maxText = 1 << 20
	// maxResult bounds what a statement may make, in bytes.
	maxResult = 4 << 20
)

// maxPooled bounds the memory that the state of one evaluation keeps for the next, in members of a payload.
const maxPooled = 256

var envs = sync.Pool{New: func() any { return new(env) }}

func newEnv(ctx context.Context, m Message, svc Services, vars []eval, v Version) *env {
	e := envs.Get().(*env)
	e.ctx, e.msg, e.svc, e.version = ctx, m, svc, v
	for _, v := range vars {
		e.vars = append(e.vars, variable{expr: v})
	}
	// The payload does not change during the evaluation, which is all the time that the string lives: results are copied.
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

// visit counts an element of a nested query, and tells whether to go on.
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
