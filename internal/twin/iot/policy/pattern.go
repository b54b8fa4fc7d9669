package policy

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// pattern is a compiled resource or condition value, made of text, variables and wildcards.
type pattern struct {
	source string
	parts  []part
	plain  bool // one part, which is text
}

type partKind uint8

const (
	literal  partKind = iota
	variable          // replaced by its value at the time of the request
	anyText           // *: any characters, or none
	oneChar           // ?: one character
)

type part struct {
	kind partKind
	text string // literal
	get  key    // variable
}

// compilePattern compiles a pattern. If wildcards is false, * and ? are ordinary characters. ${*}, ${?} and ${$} always stand for ordinary
// characters.
func compilePattern(s string, variables, wildcards bool) (pattern, error) {
	p := pattern{source: s}
	for rest := s; rest != ""; {
		n, next, err := nextPart(rest, variables, wildcards)
		if err != nil {
			return p, err
		}
		rest = rest[n:]
		last := len(p.parts) - 1
		switch {
		case next.kind == literal && last >= 0 && p.parts[last].kind == literal:
			p.parts[last].text += next.text
		case next.kind == anyText && last >= 0 && p.parts[last].kind == anyText:
		default:
			p.parts = append(p.parts, next)
		}
	}
	p.plain = len(p.parts) == 1 && p.parts[0].kind == literal
	return p, nil
}

// nextPart parses the first part of s and returns its length.
func nextPart(s string, variables, wildcards bool) (int, part, error) {
	switch {
	case variables && strings.HasPrefix(s, "${"):
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return 0, part{}, errors.New("${ is not closed: expected }")
		}
		return end + 1, variablePart(s[2:end]), nil
	case wildcards && s[0] == '*':
		return 1, part{kind: anyText}, nil
	case wildcards && s[0] == '?':
		return 1, part{kind: oneChar}, nil
	}
	n := 1
	for n < len(s) && (s[n] != '$' || !variables) && (s[n] != '*' && s[n] != '?' || !wildcards) {
		n++
	}
	return n, part{text: s[:n]}, nil
}

func variablePart(name string) part {
	switch name {
	case "*", "?", "$":
		return part{text: name}
	}
	return part{kind: variable, get: compileKey(name)}
}

// match compares text with the pattern. Values of variables are ordinary text, without wildcards. unresolved is the name of a variable
// without a value: such a pattern matches nothing.
func (p *pattern) match(s string, c *Connection) (ok bool, unresolved string) {
	if p.plain {
		return s == p.parts[0].text, ""
	}
	for i := range p.parts {
		if p.parts[i].kind == variable {
			if _, ok := p.parts[i].get.one(c); !ok {
				return false, p.parts[i].get.name
			}
		}
	}
	return glob(p.parts, s, c), ""
}

// glob matches from left to right. After a mismatch it retries only from the last *, so it makes at most len(parts) * len(s) comparisons.
func glob(parts []part, s string, c *Connection) bool {
	i, pos := 0, 0
	star, starPos := -1, 0
	for {
		if i == len(parts) && pos == len(s) {
			return true
		}
		if i < len(parts) {
			if parts[i].kind == anyText {
				if i == len(parts)-1 {
					return true
				}
				star, starPos = i, pos
				i++
				continue
			}
			if n := parts[i].length(s[pos:], c); n >= 0 {
				i++
				pos += n
				continue
			}
		}
		if star < 0 || starPos >= len(s) {
			return false
		}
		starPos++
		i, pos = star+1, starPos
	}
}

// length returns the number of bytes of s that the part matches, or -1.
func (p *part) length(s string, c *Connection) int {
	text := p.text
	switch p.kind {
	case oneChar:
		if s == "" {
			return -1
		}
		_, n := utf8.DecodeRuneInString(s)
		return n
	case variable:
		text, _ = p.get.one(c)
	}
	if strings.HasPrefix(s, text) {
		return len(text)
	}
	return -1
}
