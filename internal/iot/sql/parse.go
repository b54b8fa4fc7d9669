package sql

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

const (
	// maxSource is the longest rule that AWS takes, in bytes.
	maxSource = 256 * 1024
	// maxNesting bounds brackets and CASE inside each other.
	maxNesting = 64
)

// parse reads src, which begins at the position at of a larger text.
func parse[T any](p *participle.Parser[T], src string) (*T, error) {
	if len(src) > maxSource {
		return nil, fmt.Errorf("%d bytes: allowed are %d", len(src), maxSource)
	}
	if err := checkNesting(src); err != nil {
		return nil, err
	}
	tree, err := p.ParseString("", src)
	if err != nil {
		return nil, syntaxError(src, err)
	}
	return tree, nil
}

// lex splits src into tokens, without spaces.
func lex(src string) ([]lexer.Token, error) {
	l, err := tokens.LexString("", src)
	if err != nil {
		return nil, err
	}
	all, err := lexer.ConsumeAll(l)
	if err != nil {
		return nil, syntaxError(src, err)
	}
	space := tokens.Symbols()["Space"]
	kept := all[:0]
	for _, t := range all {
		if t.Type != space {
			kept = append(kept, t)
		}
	}
	return kept, nil
}

// checkNesting refuses what nests too deep, before the parser recurses into it.
func checkNesting(src string) error {
	all, err := lex(src)
	if err != nil {
		return err
	}
	depth, previous := 0, ""
	for _, t := range all {
		word := strings.ToUpper(t.Value)
		switch {
		case word == "(" || word == "[" || word == "{" || word == "${":
			depth++
		case word == ")" || word == "]" || word == "}":
			depth--
		case previous == "." || previous == "AS": // a name, whatever it says
		case word == "CASE":
			depth++
		case word == "END":
			depth--
		}
		if depth > maxNesting {
			return at(t.Pos, "nested more than %d levels", maxNesting)
		}
		previous = word
	}
	return nil
}

// at makes a syntax error.
func at(pos lexer.Position, format string, args ...any) *SyntaxError {
	return &SyntaxError{Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf(format, args...)}
}

// syntaxError translates an error of the lexer or parser.
func syntaxError(src string, err error) error {
	var perr participle.Error
	if !errors.As(err, &perr) {
		return err
	}
	pos := perr.Position()
	var lexical *lexer.Error
	if errors.As(err, &lexical) {
		return at(pos, "%s", unreadable(src[min(pos.Offset, len(src)):]))
	}
	var unexpected *participle.UnexpectedTokenError
	if errors.As(err, &unexpected) {
		return at(pos, "%s", surprise(unexpected))
	}
	return at(pos, "%s", perr.Message())
}

// unreadable says why no token begins with rest.
func unreadable(rest string) string {
	for prefix, why := range map[string]string{
		`'`:  `the string that begins here is not closed: expected another '`,
		`"`:  `the string that begins here is not closed: expected another "`,
		"!=": "unexpected !=: not equal is <>",
		";":  "unexpected ;: a rule is one statement without an end mark",
		"`":  "unexpected `: names are not quoted, and other names are read with get(*, 'name')",
		"$":  "unexpected $: a substitution template is ${expression}",
		"@":  "unexpected @: expected a variable, @ and letters, digits or _",
	} {
		if strings.HasPrefix(rest, prefix) {
			return why
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return fmt.Sprintf("unexpected character %q", r)
}

// surprise says what the parser met, and what it expected.
func surprise(e *participle.UnexpectedTokenError) string {
	met := fmt.Sprintf("unexpected %s", e.Unexpected.Value)
	if e.Unexpected.EOF() {
		met = "unexpected end"
	}
	_, expected, ok := strings.Cut(e.Message(), "(expected ")
	if !ok {
		return met
	}
	return met + ": expected " + readable(strings.TrimSuffix(expected, ")"))
}

// readable gives the names of the grammar's nodes and tokens words.
func readable(expected string) string {
	for node, word := range map[string]string{
		"AstPrimary": "an expression", "AstExpr": "an expression", "AstPostfix": "an expression", "AstUnary": "an expression",
		"AstSum": "an expression", "AstProduct": "an expression", "AstItem": "an expression", "AstSelect": "SELECT",
		"AstAnd": "an expression", "AstNot": "an expression", "AstComparison": "an expression", "AstWhen": "WHEN",
		"AstText": "a topic filter in quotes", "AstNested": "SELECT", "AstAssign": "a variable, such as @name",
		"AstMember": "a member name in quotes",
		"<ident>":   "a name", "<string>": "a string in quotes", "<variable>": "a variable, such as @name", "<number>": "a number",
	} {
		if strings.HasPrefix(expected, node) {
			return word
		}
	}
	return strings.ReplaceAll(expected, `"`, "")
}

// unquoteSQL takes the quotes off a string token.
func unquoteSQL(s string) string {
	quote := s[:1]
	return strings.ReplaceAll(s[1:len(s)-1], quote+quote, quote)
}
