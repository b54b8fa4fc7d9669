package sql

import (
	"context"
	"errors"
	"fmt"
)

// Version of the rules engine's SQL, a topic rule's awsIotSqlVersion.
type Version string

// V2016 is the version that this package implements.
const V2016 Version = "2016-03-23"

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
type Statement struct{}

// Compile parses the SQL of a rule. The error is a *SyntaxError where a place in src can be named.
func Compile(src string, v Version) (*Statement, error) {
	return nil, errors.New("not built yet")
}

// Filter is the topic filter of the FROM clause, "" when there is none (a rule for Basic Ingest alone).
func (s *Statement) Filter() string { return "" }

// Matches tells whether the message broker passes messages of that topic to the rule. A rule without a FROM clause matches
// nothing: only Basic Ingest reaches it. Topics that begin with $ are not matched by a wildcard in the first level.
func (s *Statement) Matches(topic string) bool { return false }

// Evaluate runs the rule on the message. ok is false when the WHERE clause is not true: then nothing must be done. Otherwise
// out is what the rule's actions get: JSON, or the payload's own bytes where the statement is `SELECT *` and the payload is not
// JSON. The error wraps ErrPayload when the statement refers to JSON and the payload is none.
func (s *Statement) Evaluate(ctx context.Context, m Message, svc Services) (out []byte, ok bool, err error) {
	return nil, false, nil
}

// CompileTemplate parses a field of one of the rule's actions, which may hold substitution templates and may use the
// variables of the rule's SET clause.
func (s *Statement) CompileTemplate(src string) (*Template, error) { return nil, errors.New("not built yet") }

// Template is a compiled action field: text with `${expression}` in it. It is safe for concurrent use.
type Template struct{}

// CompileTemplate parses an action field of a rule without a SET clause.
func CompileTemplate(src string) (*Template, error) { return nil, errors.New("not built yet") }

// Constant tells whether the field holds no expression, so that Render always gives the same text.
func (t *Template) Constant() bool { return true }

// Render evaluates the field for the message as it was published (not for what the rule made of it). An expression that is
// Undefined renders as nothing.
func (t *Template) Render(ctx context.Context, m Message, svc Services) (string, error) { return "", nil }
