package sql

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// Version is the version of the rules engine's SQL: awsIotSqlVersion of a topic rule.
type Version string

// The versions that AWS accepts. A rule without a version has the oldest.
const (
	V2015 Version = "2015-10-08"
	V2016 Version = "2016-03-23"
	Beta  Version = "beta"
)

// SyntaxError describes a syntax error in a statement or template: its position and the expected text.
type SyntaxError struct {
	Line, Column int // from 1; columns count characters
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// ErrPayload is wrapped by the error of a rule that needs a JSON payload and gets another one.
var ErrPayload = errors.New("payload is not JSON")

// Statement is a compiled rule. It is safe for concurrent use.
type Statement struct {
	filter  string
	version Version
	where   eval // nil: every message matches
	list    selection
	vars    []eval         // of the SET clause
	names   map[string]int // name of a variable -> index in vars
}

// Compile parses the SQL of a rule. An empty version means the oldest. The error is a *SyntaxError if it has a position in src.
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

// Filter is the topic filter of the FROM clause; "" if there is none (a rule only for Basic Ingest).
func (s *Statement) Filter() string { return s.filter }

// Matches reports whether the message broker passes messages of that topic to the rule. A rule without a FROM clause matches nothing: only
// Basic Ingest reaches it. A wildcard in the first level does not match topics that begin with $.
func (s *Statement) Matches(topic string) bool { return s.filter != "" && matchTopic(s.filter, topic) }

// Evaluate runs the rule on the message. ok is false if the WHERE clause is not true: then no action must run. Otherwise out is the payload
// for the rule's actions: JSON, or the unchanged payload if the statement is `SELECT *` and the payload is not JSON. The error wraps
// ErrPayload if the statement refers to JSON and the payload is not JSON.
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

// sized returns an error for a result over the limit, which appendJSON may have cut off.
func sized(out []byte) ([]byte, error) {
	if len(out) > maxResult {
		return nil, fmt.Errorf("the result is longer than %d bytes", maxResult)
	}
	return out, nil
}

// textOf returns a string that shares the bytes, which must not change.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
