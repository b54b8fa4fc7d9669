package sql

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// Version of the rules engine's SQL, a topic rule's awsIotSqlVersion.
type Version string

// The versions that AWS takes. A rule without one has the oldest.
const (
	V2015 Version = "2015-10-08"
	V2016 Version = "2016-03-23"
	Beta  Version = "beta"
)

// SyntaxError says where a statement or template does not parse, and what was expected there.
type SyntaxError struct {
	Line, Column int // from 1; columns count characters
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// ErrPayload is wrapped by the errors of rules that need a JSON payload and met another.
var ErrPayload = errors.New("payload is not JSON")

// Statement is a compiled rule. It is safe for concurrent use.
type Statement struct {
	filter  string
	version Version
	where   eval // nil: every message
	list    selection
	vars    []eval         // of the SET clause
	names   map[string]int // of the variables, in vars
}

// Compile parses the SQL of a rule. The error is a *SyntaxError where a place in src can be named.
func Compile(src string, v Version) (*Statement, error) {
	if v == "" {
		v = V2015
	}
	if v != V2015 && v != V2016 && v != Beta {
		return nil, fmt.Errorf("SQL version %q: allowed are %s, %s and %s", v, V2015, V2016, Beta)
	}
	tree, err := parse(statementParser, src)
	if err != nil {
		return nil, err
	}
	c := &compiler{version: v, text: src, vars: map[string]int{}}
	s := &Statement{version: v, names: c.vars}
	for _, a := range tree.Set {
		s.vars = append(s.vars, c.assign(a))
	}
	if tree.Where != nil {
		s.where = c.expr(tree.Where)
	}
	s.list = c.selection(tree.Select)
	if tree.From != nil {
		s.filter = unquoteSQL(tree.From.Text)
		if err := checkFilter(s.filter); err != nil {
			c.fail(tree.From.Pos, "topic filter %q: %v", s.filter, err)
		}
	}
	if c.failed != nil {
		return nil, c.failed
	}
	return s, nil
}

// Filter is the topic filter of the FROM clause, "" when there is none (a rule for Basic Ingest alone).
func (s *Statement) Filter() string { return s.filter }

// Matches tells whether the message broker passes messages of that topic to the rule. A rule without a FROM clause matches
// nothing: only Basic Ingest reaches it. Topics that begin with $ are not matched by a wildcard in the first level.
func (s *Statement) Matches(topic string) bool { return s.filter != "" && matchTopic(s.filter, topic) }

// Evaluate runs the rule on the message. ok is false when the WHERE clause is not true: then nothing must be done. Otherwise
// out is the payload for the rule's actions: JSON, or the payload's own bytes where the statement is `SELECT *` and the payload is not
// JSON. The error wraps ErrPayload when the statement refers to JSON and the payload is none.
func (s *Statement) Evaluate(ctx context.Context, m Message, svc Services) (out []byte, ok bool, err error) {
	e := newEnv(ctx, m, svc, s.vars, s.version)
	defer e.release()
	if s.where != nil {
		is, _ := s.where(e).boolean()
		if e.err != nil {
			return nil, false, fmt.Errorf("evaluate WHERE: %w", e.err)
		}
		if !is {
			return nil, false, nil
		}
	}
	out, err = s.output(e)
	if err != nil {
		return nil, false, fmt.Errorf("evaluate SELECT: %w", err)
	}
	return out, true, nil
}

// headroom is the expected size of a result beyond its payload, in bytes.
const headroom = 192

func (s *Statement) output(e *env) ([]byte, error) {
	if s.list.only {
		return e.payload.all(), nil
	}
	if s.list.flat && !s.list.whole {
		return s.list.appendFlat(e, make([]byte, 0, len(e.payload.text)+headroom))
	}
	v := s.list.value(e)
	if e.err != nil {
		return nil, e.err
	}
	if v.kind == undefined {
		return []byte{}, nil
	}
	return sized(v.appendJSON(make([]byte, 0, len(e.payload.text)+headroom)))
}

// sized refuses a result that is too long, which appendJSON may have cut off.
func sized(out []byte) ([]byte, error) {
	if len(out) > maxResult {
		return nil, fmt.Errorf("the result is longer than %d bytes", maxResult)
	}
	return out, nil
}

// textOf views bytes that do not change as a string.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
