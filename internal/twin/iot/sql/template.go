package sql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// Template is a compiled action field: text with `${expression}` in it. It is safe for concurrent use.
type Template struct {
	parts   []part
	vars    []eval
	version Version
}

// part is an expression, or text if expr is nil.
type part struct {
	text string
	expr eval
}

// CompileTemplate parses an action field of a rule without a SET clause. The error is a *SyntaxError.
func CompileTemplate(src string) (*Template, error) {
	return compileTemplate(src, V2016, nil, nil)
}

// CompileTemplate parses a field of one of the rule's actions, which may hold substitution templates and may use the
// variables of the rule's SET clause.
func (s *Statement) CompileTemplate(src string) (*Template, error) {
	return compileTemplate(src, s.version, s.vars, s.names)
}

func compileTemplate(src string, v Version, vars []eval, names map[string]int) (*Template, error) {
	t := &Template{vars: vars, version: v}
	offset := 0
	for {
		i := strings.Index(src[offset:], "${")
		if i < 0 {
			t.addText(src[offset:])
			return t, nil
		}
		t.addText(src[offset : offset+i])
		offset += i + len("${")
		n, err := expressionEnd(src, offset)
		if err != nil {
			return nil, err
		}
		tree, err := parse(expressionParser, src[offset:offset+n])
		if err != nil {
			return nil, shift(err, src, offset)
		}
		c := &compiler{version: v, text: src[offset : offset+n], vars: names}
		x := c.expr(tree)
		if c.failed != nil {
			return nil, shift(c.failed, src, offset)
		}
		t.parts = append(t.parts, part{expr: x})
		offset += n + len("}")
	}
}

func (t *Template) addText(s string) {
	if s != "" {
		t.parts = append(t.parts, part{text: s})
	}
}

// expressionEnd returns the length of the expression at the offset, up to the } that closes its ${. Braces inside the expression are in
// strings or in pairs.
func expressionEnd(src string, offset int) (int, error) {
	depth, quote := 0, byte(0)
	for i := offset; i < len(src); i++ {
		b := src[i]
		switch {
		case quote != 0:
			if b == quote {
				quote = 0
			}
		case b == '\'' || b == '"':
			quote = b
		case b == '{':
			depth++
		case b == '}' && depth > 0:
			depth--
		case b == '}':
			return i - offset, nil
		}
	}
	return 0, at(position(src, offset-len("${")), "the substitution template that begins here is not closed: expected }")
}

// position converts an offset in src to line and column.
func position(src string, offset int) lexer.Position {
	p := lexer.Position{Line: 1, Column: 1}
	p.Advance(src[:offset])
	return p
}

// shift moves the position of a syntax error from the expression to the field.
func shift(err error, src string, offset int) error {
	var bad *SyntaxError
	if !errors.As(err, &bad) {
		return err
	}
	p := position(src, offset)
	if bad.Line == 1 {
		return &SyntaxError{Line: p.Line, Column: p.Column + bad.Column - 1, Message: bad.Message}
	}
	return &SyntaxError{Line: p.Line + bad.Line - 1, Column: bad.Column, Message: bad.Message}
}

// Constant reports whether the field has no expression, so that Render always returns the same text.
func (t *Template) Constant() bool {
	for _, p := range t.parts {
		if p.expr != nil {
			return false
		}
	}
	return true
}

// Render evaluates the field for the published message (not for the rule's output). An Undefined expression renders as nothing, a string
// without quotes, and an array or object as JSON.
func (t *Template) Render(ctx context.Context, m Message, svc Services) (string, error) {
	if len(t.parts) == 0 {
		return "", nil
	}
	if len(t.parts) == 1 && t.parts[0].expr == nil {
		return t.parts[0].text, nil
	}
	e := newEnv(ctx, m, svc, t.vars, t.version)
	defer e.release()
	out := make([]byte, 0, 128)
	for _, p := range t.parts {
		if p.expr == nil {
			out = append(out, p.text...)
			continue
		}
		out = e.appendPart(out, p.expr(e))
	}
	if e.err != nil {
		return "", fmt.Errorf("render substitution template: %w", e.err)
	}
	return string(out), nil
}

func (e *env) appendPart(out []byte, v value) []byte {
	switch v.kind {
	case undefined:
		return out
	case text:
		return append(out, v.str...)
	}
	return v.appendJSON(out)
}
