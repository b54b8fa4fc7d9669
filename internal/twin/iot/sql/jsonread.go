package sql

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// iterator iterates over the members or elements of a valid JSON object or array.
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

// keyIs reports whether the current member has that name.
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

// appendUnescaped decodes the escape sequence at the beginning of s and returns its length. An unpaired surrogate becomes U+FFFD.
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

// trimJSON removes the whitespace around valid JSON.
func trimJSON(s string) string {
	s = s[skipSpace(s, 0):]
	return s[:skipValue(s, 0)]
}
