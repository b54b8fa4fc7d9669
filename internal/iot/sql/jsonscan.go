package sql

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxPayloadDepth bounds how deep arrays and objects of a payload nest.
const maxPayloadDepth = 128

// checker validates JSON text (RFC 8259) in one pass, without building anything.
type checker struct {
	s      string
	i      int
	spaced bool // there is whitespace between tokens
}

// isJSON tells whether s is one JSON value, and whether it has whitespace between or around its tokens.
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

// composite reads an array, or an object when keyed, up to its closing bracket.
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

// colon reads the colon after a name, and the space around it.
func (c *checker) colon() bool {
	c.space()
	if c.i >= len(c.s) || c.s[c.i] != ':' {
		return false
	}
	c.i++
	c.space()
	return true
}

// comma reads what is after a member or element: a comma and the space around it, or the end.
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

// plain are the bytes that a string takes as they are.
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

// escape returns the length of the escape sequence that s begins with, 0 when it is not one.
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

// hex4 reads four hexadecimal digits, -1 when they are not.
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

// iterator walks over the members or elements of a JSON object or array that is known to be valid.
type iterator struct {
	s        string
	i        int
	key, val string // key with its quotes; empty for an array
}

func iterate(s string) iterator { return iterator{s: s, i: 1} }

func (it *iterator) next() bool {
	it.i = skipSpace(it.s, it.i)
	if it.s[it.i] == ',' {
		it.i = skipSpace(it.s, it.i+1)
	}
	if b := it.s[it.i]; b == '}' || b == ']' {
		return false
	}
	if it.s[0] == '{' {
		end := skipString(it.s, it.i)
		it.key = it.s[it.i:end]
		it.i = skipSpace(it.s, end)
		it.i = skipSpace(it.s, it.i+1)
	}
	end := skipValue(it.s, it.i)
	it.val = it.s[it.i:end]
	it.i = end
	return true
}

// keyIs tells whether the current member has that name.
func (it *iterator) keyIs(name string) bool {
	k := it.key[1 : len(it.key)-1]
	if strings.IndexByte(k, '\\') < 0 {
		return k == name
	}
	return unquote(it.key) == name
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that begins at i.
func skipString(s string, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the index after the valid value that begins at i.
func skipValue(s string, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipComposite(s, i)
	}
	for i < len(s) {
		switch s[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
		i++
	}
	return i
}

func skipComposite(s string, i int) int {
	depth := 0
	for {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

// unquote decodes a valid JSON string.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	at := strings.IndexByte(s, '\\')
	if at < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for at >= 0 {
		out = append(out, s[:at]...)
		var n int
		out, n = appendUnescaped(out, s[at:])
		s = s[at+n:]
		at = strings.IndexByte(s, '\\')
	}
	return string(append(out, s...))
}

// appendUnescaped decodes the escape sequence that s begins with and returns its length. Half a surrogate pair becomes U+FFFD.
func appendUnescaped(out []byte, s string) ([]byte, int) {
	switch s[1] {
	case 'b':
		return append(out, '\b'), 2
	case 'f':
		return append(out, '\f'), 2
	case 'n':
		return append(out, '\n'), 2
	case 'r':
		return append(out, '\r'), 2
	case 't':
		return append(out, '\t'), 2
	case 'u':
		r := hex4(s[2:6])
		if !utf16.IsSurrogate(r) {
			return utf8.AppendRune(out, r), 6
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(s[8:12])); pair != utf8.RuneError {
				return utf8.AppendRune(out, pair), 12
			}
		}
		return utf8.AppendRune(out, utf8.RuneError), 6
	}
	return append(out, s[1]), 2
}

// appendCompact appends valid JSON without the whitespace between its tokens.
func appendCompact(out []byte, s string) []byte {
	if !hasSpace(s) {
		return append(out, s...)
	}
	from := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			i = skipString(s, i)
			continue
		case ' ', '\t', '\n', '\r':
			out = append(out, s[from:i]...)
			i = skipSpace(s, i)
			from = i
			continue
		}
		i++
	}
	return append(out, s[from:]...)
}

// hasSpace tells whether there is whitespace anywhere, which is quicker found than where it is.
func hasSpace(s string) bool {
	return strings.IndexByte(s, ' ') >= 0 || strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\t') >= 0 || strings.IndexByte(s, '\r') >= 0
}

// appendQuoted appends s as a JSON string. Like AWS, it escapes only what JSON requires.
func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		out = append(out, s[from:i]...)
		from = i + 1
		switch b {
		case '"', '\\':
			out = append(out, '\\', b)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, `\u00`...)
			out = append(out, "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15])
		}
	}
	out = append(out, s[from:]...)
	return append(out, '"')
}

// appendJSON appends the value; Undefined members are left out, Undefined elements and bytes are null.
func (v value) appendJSON(out []byte) []byte {
	switch v.kind {
	case boolean:
		return strconv.AppendBool(out, v.num == 1)
	case integer:
		if v.big {
			return append(out, v.str...)
		}
		return strconv.AppendInt(out, v.num, 10)
	case decimals:
		return append(out, v.str...)
	case text:
		return appendQuoted(out, v.str)
	case array, object:
		if v.built == nil {
			return appendCompact(out, v.str)
		}
		return v.built.appendJSON(out, v.kind == object)
	}
	return append(out, "null"...)
}

func (b *built) appendJSON(out []byte, keyed bool) []byte {
	if len(out) > maxResult {
		return out // too long already: variables can hold each other many times
	}
	open, end := byte('['), byte(']')
	if keyed {
		open, end = '{', '}'
	}
	out = append(out, open)
	first := true
	for i, v := range b.list {
		if keyed && v.kind == undefined {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		if keyed {
			out = append(appendQuoted(out, b.keys[i]), ':')
		}
		out = v.appendJSON(out)
	}
	return append(out, end)
}

// trimJSON takes the whitespace off around valid JSON.
func trimJSON(s string) string {
	s = s[skipSpace(s, 0):]
	return s[:skipValue(s, 0)]
}
