package sql

import (
	"strings"
)

// maxPattern is the longest pattern that is compiled at evaluation, in bytes. Literal patterns are compiled with the statement.
const maxPattern = 1024

// pattern returns the regular expression of an argument. A literal is compiled once, any other argument at each evaluation. The result is
// nil if the argument is no valid regular expression.
func (c *compiler) pattern(x *astCall, args []eval) func(e *env) pattern {
	s, ok := literal(x.Args[1])
	if !ok {
		arg := args[1]
		return func(e *env) pattern {
			s, ok := arg(e).text()
			if !ok || len(s) > maxPattern {
				return nil
			}
			p, _ := compilePattern(s)
			return p
		}
	}
	p, _ := compilePattern(s)
	return func(*env) pattern { return p }
}

func regexpMatches(c *compiler, x *astCall, args []eval) eval {
	return c.regexp(x, args, 2, func(e *env, re pattern, s string, _ eval) value {
		at, err := re.find(s, 0)
		if err != nil {
			return e.fail("regexp_matches: %w", err)
		}
		return ofBool(at != nil)
	})
}

// regexpSubstr returns the first match, or Undefined if there is none.
func regexpSubstr(c *compiler, x *astCall, args []eval) eval {
	return c.regexp(x, args, 2, func(e *env, re pattern, s string, _ eval) value {
		at, err := re.find(s, 0)
		if err != nil {
			return e.fail("regexp_substr: %w", err)
		}
		if at == nil {
			return valUndefined
		}
		return ofText(s[at[0]:at[1]])
	})
}

func regexpReplace(c *compiler, x *astCall, args []eval) eval {
	return c.regexp(x, args, 3, func(e *env, re pattern, s string, third eval) value {
		with, ok := third(e).text()
		if !ok {
			return valUndefined
		}
		parts, ok := replacement(with, re)
		if !ok {
			return valUndefined
		}
		return replaceAll(e, re, s, parts)
	})
}

// regexp makes a function of a string, a pattern, and optionally a third argument.
func (c *compiler) regexp(x *astCall, args []eval, n int, f func(e *env, re pattern, s string, third eval) value) eval {
	if len(args) != n {
		return constant(valUndefined)
	}
	pattern := c.pattern(x, args)
	return func(e *env) value {
		s, ok := args[0](e).text()
		if !ok {
			return valUndefined
		}
		re := pattern(e)
		if re == nil {
			return valUndefined
		}
		if err := re.affordable(s); err != nil {
			return e.fail("%s: %w", strings.ToLower(x.Name), err)
		}
		return f(e, re, s, args[n-1])
	}
}

// piece is a part of a replacement: a capture group if group is 0 or more, otherwise text.
type piece struct {
	text  string
	group int
}

// replacement parses a replacement string like Java: $1 and ${name} are groups, and a backslash makes the next character ordinary.
func replacement(s string, re pattern) ([]piece, bool) {
	var out []piece
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\':
			if i+1 == len(s) {
				return nil, false
			}
			out = append(out, piece{text: s[i+1 : i+2], group: -1})
			i += 2
		case s[i] == '$':
			group, n := groupRef(s[i:], re)
			if n == 0 {
				return nil, false
			}
			out = append(out, piece{group: group})
			i += n
		default:
			n := strings.IndexAny(s[i:], `\$`)
			if n < 0 {
				n = len(s) - i
			}
			out = append(out, piece{text: s[i : i+n], group: -1})
			i += n
		}
	}
	return out, true
}

// groupRef parses $ and a group. It takes as many digits as make an existing group, and returns the length of the text; 0 if there is no
// group.
func groupRef(s string, re pattern) (group, n int) {
	if strings.HasPrefix(s, "${") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return 0, 0
		}
		group = re.group(s[2:end])
		if group < 0 {
			return 0, 0
		}
		return group, end + 1
	}
	for n = 1; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		next := group*10 + int(s[n]-'0')
		if next > re.groups() {
			break
		}
		group = next
	}
	if n == 1 {
		return 0, 0
	}
	return group, n
}

func replaceAll(e *env, re pattern, s string, parts []piece) value {
	var out []byte
	from := 0
	matches, err := re.findAll(s)
	if err != nil {
		return e.fail("regexp_replace: %w", err)
	}
	for _, m := range matches {
		out = append(out, s[from:m[0]]...)
		for _, p := range parts {
			switch {
			case p.group < 0:
				out = append(out, p.text...)
			case m[2*p.group] >= 0:
				out = append(out, s[m[2*p.group]:m[2*p.group+1]]...)
			}
		}
		if len(out) > maxText {
			return e.tooLong("regexp_replace")
		}
		from = m[1]
	}
	return ofText(string(append(out, s[from:]...)))
}
