package sql

import (
	"strings"
	"unicode/utf8"
)

// maxPayloadDepth is the largest depth of nested arrays and objects in a payload.
const maxPayloadDepth = 128

// checker validates JSON text (RFC 8259) in one pass, without building anything.
type checker struct {
	s      string
	i      int
	spaced bool // there is whitespace between tokens
}

// isJSON reports whether s is one JSON value, and whether there is whitespace between or around its tokens.
func isJSON(s string) (ok, spaced bool) {
	c := checker{s: s}
	c.space()
	if !c.value(0) {
		return false, false
	}
	c.space()
	return c.i == len(s) && utf8.ValidString(s), c.spaced
}

func (c *checker) space() {
	if c.i < len(c.s) && c.s[c.i] > ' ' {
		return
	}
	c.spaces()
}

func (c *checker) spaces() {
	for c.i < len(c.s) {
		switch c.s[c.i] {
		case ' ', '\t', '\n', '\r':
			c.i++
			c.spaced = true
		default:
			return
		}
	}
}

func (c *checker) value(depth int) bool {
	if c.i >= len(c.s) || depth > maxPayloadDepth {
		return false
	}
	switch c.s[c.i] {
	case '{':
		return c.composite('}', true, depth)
	case '[':
		return c.composite(']', false, depth)
	case '"':
		return c.string()
	case 't':
		return c.literal("true")
	case 'f':
		return c.literal("false")
	case 'n':
		return c.literal("null")
	}
	return c.number()
}

// composite reads an array, or an object if keyed, up to its closing bracket.
func (c *checker) composite(end byte, keyed bool, depth int) bool {
	c.i++
	c.space()
	if c.i < len(c.s) && c.s[c.i] == end {
		c.i++
		return true
	}
	for {
		if keyed && (c.i >= len(c.s) || c.s[c.i] != '"' || !c.string() || !c.colon()) {
			return false
		}
		if !c.value(depth + 1) {
			return false
		}
		if more, ok := c.comma(end); !more {
			return ok
		}
	}
}

// colon reads the colon after a name, with surrounding whitespace.
func (c *checker) colon() bool {
	c.space()
	if c.i >= len(c.s) || c.s[c.i] != ':' {
		return false
	}
	c.i++
	c.space()
	return true
}

// comma reads the text after a member or element: a comma with surrounding whitespace, or the closing bracket.
func (c *checker) comma(end byte) (more, ok bool) {
	c.space()
	if c.i >= len(c.s) {
		return false, false
	}
	b := c.s[c.i]
	c.i++
	if b != ',' {
		return false, b == end
	}
	c.space()
	return true, true
}

func (c *checker) literal(word string) bool {
	if !strings.HasPrefix(c.s[c.i:], word) {
		return false
	}
	c.i += len(word)
	return true
}

// plain marks the bytes that are allowed unescaped in a string.
var plain = func() (t [256]bool) {
	for i := range t {
		t[i] = i >= 0x20 && i != '"' && i != '\\'
	}
	return t
}()

func (c *checker) string() bool {
	s := c.s
	for i := c.i + 1; i < len(s); i++ {
		b := s[i]
		if plain[b] {
			continue
		}
		if b == '"' {
			c.i = i + 1
			return true
		}
		if b != '\\' {
			return false
		}
		n := escape(s[i:])
		if n == 0 {
			return false
		}
		i += n - 1
	}
	return false
}

// escape returns the length of the escape sequence at the beginning of s; 0 if there is none.
func escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && hex4(s[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex4 decodes four hexadecimal digits; -1 if they are invalid.
func hex4(s string) rune {
	n := rune(0)
	for i := 0; i < 4; i++ {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			n = n<<4 | rune(b-'0')
		case b >= 'a' && b <= 'f':
			n = n<<4 | rune(b-'a'+10)
		case b >= 'A' && b <= 'F':
			n = n<<4 | rune(b-'A'+10)
		default:
			return -1
		}
	}
	return n
}

func (c *checker) number() bool {
	if c.s[c.i] == '-' {
		c.i++
	}
	if c.i < len(c.s) && c.s[c.i] == '0' {
		c.i++
	} else if !c.digits() {
		return false
	}
	if c.i < len(c.s) && c.s[c.i] == '.' {
		c.i++
		if !c.digits() {
			return false
		}
	}
	if c.i < len(c.s) && (c.s[c.i] == 'e' || c.s[c.i] == 'E') {
		c.i++
		if c.i < len(c.s) && (c.s[c.i] == '+' || c.s[c.i] == '-') {
			c.i++
		}
		return c.digits()
	}
	return true
}

func (c *checker) digits() bool {
	from := c.i
	for c.i < len(c.s) && c.s[c.i] >= '0' && c.s[c.i] <= '9' {
		c.i++
	}
	return c.i > from
}
