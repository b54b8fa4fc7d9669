package sql

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"

	"github.com/dlclark/regexp2"
)

// pattern is a compiled regular expression. A match is a list of byte offsets: of the match, then of each group, -1 for a group that did
// not match.
type pattern interface {
	// affordable returns an error if matching s would take too much work.
	affordable(s string) error
	// find returns the first match at or after that offset; nil if there is none.
	find(s string, from int) ([]int, error)
	findAll(s string) ([][]int, error)
	group(name string) int // -1: there is none
	groups() int
}

// compilePattern compiles regular expressions of Java. It uses RE2, whose work is bounded. For patterns that RE2 does not support
// (look-around, back-references, possessive quantifiers), it uses a backtracking engine with a time limit.
func compilePattern(s string) (pattern, error) {
	p, err := compileLinear(s)
	var bad *syntax.Error
	if errors.As(err, &bad) {
		switch bad.Code {
		case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture, syntax.ErrInvalidEscape, syntax.ErrInvalidRepeatOp:
			return compileBacktracking(s)
		}
	}
	return p, err
}

// maxWork is the largest product of a pattern's instructions and the bytes to match: about a second.
const maxWork = 1 << 26

type linear struct {
	re   *regexp.Regexp
	size int // number of instructions
}

func compileLinear(s string) (pattern, error) {
	tree, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, err
	}
	return &linear{re, len(prog.Inst)}, nil
}

func (p *linear) affordable(s string) error {
	if p.size*len(s) > maxWork {
		return fmt.Errorf("a pattern of %d instructions for %d bytes is too much work", p.size, len(s))
	}
	return nil
}

func (p *linear) find(s string, from int) ([]int, error) {
	return p.re.FindStringSubmatchIndex(s[from:]), nil
}

func (p *linear) findAll(s string) ([][]int, error) {
	return p.re.FindAllStringSubmatchIndex(s, -1), nil
}

func (p *linear) group(name string) int { return p.re.SubexpIndex(name) }

func (p *linear) groups() int { return p.re.NumSubexp() }

// maxMatchTime is the longest time of one match of a backtracking pattern.
const maxMatchTime = 200 * time.Millisecond

type backtracking struct{ re *regexp2.Regexp }

func compileBacktracking(s string) (pattern, error) {
	s, err := withoutPossessive(s)
	if err != nil {
		return nil, err
	}
	re, err := regexp2.Compile(s, regexp2.None)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = maxMatchTime
	return &backtracking{re}, nil
}

func (p *backtracking) affordable(string) error { return nil }

func (p *backtracking) find(s string, _ int) ([]int, error) {
	m, err := p.re.FindStringMatch(s)
	if err != nil || m == nil {
		return nil, timeLimit(err)
	}
	return p.places(m, offsets(s)), nil
}

func timeLimit(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the pattern took more than %s", maxMatchTime)
}

func (p *backtracking) findAll(s string) ([][]int, error) {
	var out [][]int
	end := time.Now().Add(maxMatchTime)
	at := offsets(s)
	m, err := p.re.FindStringMatch(s)
	for m != nil && err == nil {
		out = append(out, p.places(m, at))
		if time.Now().After(end) {
			return nil, timeLimit(errors.New("over"))
		}
		m, err = p.re.FindNextMatch(m)
	}
	return out, timeLimit(err)
}

// offsets returns the byte offset of each rune of a string, because regexp2 counts in runes.
func offsets(s string) []int {
	out := make([]int, 0, len(s)+1)
	for i := range s {
		out = append(out, i)
	}
	return append(out, len(s))
}

func (p *backtracking) places(m *regexp2.Match, at []int) []int {
	out := make([]int, 0, 2*(p.groups()+1))
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			out = append(out, -1, -1)
			continue
		}
		out = append(out, at[g.Index], at[g.Index+g.Length])
	}
	return out
}

func (p *backtracking) group(name string) int { return p.re.GroupNumberFromName(name) }

func (p *backtracking) groups() int { return len(p.re.GetGroupNumbers()) - 1 }
