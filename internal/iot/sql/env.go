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
	clear(e.payload.members[:cap(e.payload.members)])
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

// form is what a payload turned out to be.
type form uint8

const (
	unread form = iota
	jsonObject
	jsonOther
	notJSON
)

// payload is the message's payload, read when it is first needed.
type payload struct {
	text    string // JSON: without whitespace around it
	form    form
	spaced  bool
	members []member // of an object: each name once, with its last value, where the name came first
}

type member struct {
	key string // decoded
	raw string // the name as it is spelled, with its quotes
	val string
}

func (p *payload) read() form {
	if p.form != unread {
		return p.form
	}
	ok, spaced := isJSON(p.text)
	if !ok {
		p.form = notJSON
		return p.form
	}
	p.spaced = spaced
	if spaced {
		p.text = trimJSON(p.text)
	}
	if p.text[0] != '{' {
		p.form = jsonOther
		return p.form
	}
	p.form = jsonObject
	p.index()
	return p.form
}

func trimJSON(s string) string {
	s = s[skipSpace(s, 0):]
	return s[:skipValue(s, 0)]
}

// index lists the members of the object.
func (p *payload) index() {
	for it := iterate(p.text); it.next(); {
		p.members = append(p.members, member{key: unquote(it.key), raw: it.key, val: it.val})
	}
	p.members = mergeDuplicates(p.members)
}

// mergeDuplicates leaves one member of each name.
func mergeDuplicates(list []member) []member {
	if len(list) > 24 {
		return mergeMany(list)
	}
	kept := list[:0]
next:
	for _, m := range list {
		for i := range kept {
			if kept[i].key == m.key {
				kept[i].val = m.val
				continue next
			}
		}
		kept = append(kept, m)
	}
	return kept
}

func mergeMany(list []member) []member {
	at := make(map[string]int, len(list))
	kept := list[:0]
	for _, m := range list {
		if i, dup := at[m.key]; dup {
			kept[i].val = m.val
			continue
		}
		at[m.key] = len(kept)
		kept = append(kept, m)
	}
	return kept
}

// all returns a copy of the payload: JSON without whitespace between its tokens, or the bytes as they are.
func (p *payload) all() []byte {
	if p.read() == notJSON {
		return []byte(p.text)
	}
	return appendCompact(make([]byte, 0, len(p.text)), p.text)
}

// member returns the payload's member of that name.
func (e *env) member(name string) value {
	switch e.payload.read() {
	case notJSON:
		return e.fail("read member %s: %w", name, ErrPayload)
	case jsonOther:
		return valUndefined
	}
	for i := range e.payload.members {
		if e.payload.members[i].key == name {
			return ofJSON(e.payload.members[i].val)
		}
	}
	return valUndefined
}

// star returns the whole payload, which must be JSON.
func (e *env) star() value {
	if e.payload.read() == notJSON {
		return e.fail("use *: %w", ErrPayload)
	}
	return ofJSON(e.payload.text)
}

// bytes returns the whole payload for a function that takes bytes.
func (e *env) bytes() value {
	if e.payload.read() == notJSON {
		return value{kind: raw, str: e.payload.text}
	}
	return ofJSON(e.payload.text)
}
