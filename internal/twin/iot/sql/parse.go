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
	// maxSource is the longest rule that AWS accepts, in bytes.
	// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot
	maxSource = 256 * 1024
	// maxNesting is the largest depth of nested brackets and CASE expressions.
	maxNesting = 64
)

// parse parses src with that parser.
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

// lex splits src into tokens, without whitespace.
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

var comment = tokens.Symbols()["Comment"]

// checkNesting rejects comments and too deeply nested text, before the parser recurses into it.
func checkNesting(src string) error {
	all, err := lex(src)
	if err != nil {
		return err
	}
	depth, previous := 0, ""
	for _, t := range all {
		word := strings.ToUpper(t.Value)
		switch {
		case t.Type == comment:
			return at(t.Pos, "unexpected %s: there are no comments in AWS IoT SQL", t.Value)
		case word == "(" || word == "[" || word == "{" || word == "${":
			depth++
		case word == ")" || word == "]" || word == "}":
			depth--
		case previous == "." || previous == "AS": // a name, even if it is spelled like a keyword
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

// at makes a syntax error at that position.
func at(pos lexer.Position, format string, args ...any) *SyntaxError {
	return &SyntaxError{Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf(format, args...)}
}

// syntaxError converts an error of the lexer or parser to a *SyntaxError.
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
		return at(pos, "%s", surprise(src, unexpected))
	}
	return at(pos, "%s", perr.Message())
}

// unreadable explains why no token begins with rest.
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

// surprise describes an unexpected token and the expected ones.
func surprise(src string, e *participle.UnexpectedTokenError) string {
	met := "unexpected " + e.Unexpected.Value
	switch {
	case e.Unexpected.EOF():
		met = "unexpected end"
	case e.Unexpected.Value == "[":
		return met + ": an element is read with get(array, index)"
	case strings.EqualFold(e.Unexpected.Value, "SET") && e.Unexpected.Pos.Offset == len(src)-len(strings.TrimLeft(src, " \t\r\n")):
		return "SET: expected a variable and its value, such as @name = expression"
	}
	_, expected, ok := strings.Cut(e.Message(), "(expected ")
	if !ok || expected == `"}")` {
		return met + ": expected " + continuation(src[:min(e.Unexpected.Pos.Offset, len(src))])
	}
	return met + ": expected " + readable(strings.TrimSuffix(expected, ")"))
}

// continuation describes the text that may follow the part before the error.
func continuation(before string) string {
	all, err := lex(before)
	if err != nil {
		return "the end"
	}
	clause, depth := "", 0
	for _, t := range all {
		switch word := strings.ToUpper(t.Value); word {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case "SELECT", "FROM", "WHERE":
			if depth == 0 {
				clause = word
			}
		}
	}
	if n := len(all); n > 1 { // the last token is the end of the text
		switch last := all[n-2].Value; {
		case strings.EqualFold(last, "AS"):
			return "a name"
		case last == "{":
			return "a name in quotes, or }"
		}
	}
	switch clause {
	case "SELECT":
		return "an operator, a comma, AS, FROM or WHERE"
	case "FROM":
		return "WHERE or the end"
	}
	return "an operator, a bracket that closes, or the end"
}

// words maps the parser's names of nodes and tokens to the words of error messages.
var words = []struct{ node, word string }{
	{"(AstExpr", "an expression"},
	{"( (AstExpr", "an expression"},
	{"AstText", "a topic filter in quotes"},
	{"AstMember", "a name in quotes"},
	{"AstAssign", "a variable, such as @name"},
	{"AstWhen", "WHEN"},
	{"AstSelect", "SELECT"},
	{"AstNested", "SELECT"},
	{"Ast", "an expression"},
	{"(<ident>", "a name"},
	{"<ident>", "an expression"}, // the last alternative of an expression
	{"<string>", "a string in quotes"},
	{"<variable>", "a variable, such as @name"},
}

func readable(expected string) string {
	for _, w := range words {
		if strings.HasPrefix(expected, w.node) {
			return w.word
		}
	}
	first, _, _ := strings.Cut(strings.ReplaceAll(expected, `"`, ""), " ")
	return first
}

// unquoteSQL takes the quotes off a string token.
func unquoteSQL(s string) string {
	quote := s[:1]
	return strings.ReplaceAll(s[1:len(s)-1], quote+quote, quote)
}
