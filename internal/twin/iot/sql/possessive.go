package sql

import (
	"errors"
	"strings"
)

// withoutPossessive replaces possessive quantifiers by equivalent atomic groups: a++ becomes (?>a+).
func withoutPossessive(s string) (string, error) {
	r := rewriter{in: s}
	for r.i < len(s) {
		if err := r.step(); err != nil {
			return "", err
		}
	}
	return string(r.out), nil
}

// rewriter copies a pattern and remembers the beginning of the last atom.
type rewriter struct {
	in   string
	i    int
	out  []byte
	atom int   // offset in out; -1: there is no atom to repeat
	open []int // beginnings of the enclosing groups, in out
}

func (r *rewriter) step() error {
	switch c := r.in[r.i]; c {
	case '\\':
		r.copyAtom(r.escape())
	case '[':
		n := class(r.in[r.i:])
		if n == 0 {
			return errors.New("a character class does not end")
		}
		r.copyAtom(n)
	case '(':
		r.open = append(r.open, len(r.out))
		r.copy(1)
		r.atom = -1
	case ')':
		if len(r.open) == 0 {
			return errors.New("a group ends that did not begin")
		}
		r.copy(1)
		r.atom = r.open[len(r.open)-1]
		r.open = r.open[:len(r.open)-1]
	case '*', '+', '?', '{':
		r.quantifier()
	case '|':
		r.copy(1)
		r.atom = -1
	default:
		r.copyAtom(1)
	}
	return nil
}

func (r *rewriter) copy(n int) {
	r.out = append(r.out, r.in[r.i:r.i+n]...)
	r.i += n
}

func (r *rewriter) copyAtom(n int) {
	r.atom = len(r.out)
	r.copy(n)
}

// escape is the length of an escape sequence. \Q...\E counts as one.
func (r *rewriter) escape() int {
	rest := r.in[r.i:]
	if strings.HasPrefix(rest, `\Q`) {
		if end := strings.Index(rest, `\E`); end >= 0 {
			return end + 2
		}
		return len(rest)
	}
	return min(2, len(rest))
}

// class is the length of a character class, including nested ones; 0 if it is not closed.
func class(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// quantifier copies a quantifier. If a + follows it, its atom becomes an atomic group.
func (r *rewriter) quantifier() {
	n := 1
	if r.in[r.i] == '{' {
		end := strings.IndexByte(r.in[r.i:], '}')
		if end < 0 {
			r.copyAtom(1)
			return
		}
		n = end + 1
	}
	if r.atom < 0 { // (?...: part of a group's beginning
		r.copy(n)
		return
	}
	r.copy(n)
	if r.i < len(r.in) && r.in[r.i] == '+' {
		r.i++
		r.out = append(append(append([]byte(nil), r.out[:r.atom]...), append([]byte("(?>"), r.out[r.atom:]...)...), ')')
	}
}
