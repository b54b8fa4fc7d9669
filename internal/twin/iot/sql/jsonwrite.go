package sql

import (
	"strconv"
	"strings"
)

// appendCompact appends valid JSON without whitespace between tokens.
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

// hasSpace reports whether s contains any whitespace, even inside strings: that is a faster check than to find the whitespace between
// tokens.
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

// appendJSON appends the value as JSON. It leaves out Undefined members, and writes Undefined elements and bytes as null.
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
		return out // over the limit already: variables can contain each other many times
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
