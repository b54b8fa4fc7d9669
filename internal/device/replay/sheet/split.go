package sheet

import (
	"strings"
)

// split splits a line at the delimiter. Quotation marks count only at the start of a field. It returns false if a quotation is not closed.
func split(line string, delimiter rune) ([]string, bool) {
	var fields []string
	for {
		start := strings.TrimLeft(line, " ")
		if !strings.HasPrefix(start, `"`) {
			field, rest, more := strings.Cut(line, string(delimiter))
			fields = append(fields, strings.TrimSpace(field))
			if !more {
				return fields, true
			}
			line = rest
			continue
		}
		field, rest, ok := unquote(start[1:])
		if !ok {
			return nil, false
		}
		fields = append(fields, strings.TrimSpace(field))
		_, after, more := strings.Cut(rest, string(delimiter))
		if !more {
			return fields, true
		}
		line = after
	}
}

// unquote reads up to the closing quotation mark. Two in a row stand for one.
func unquote(s string) (field, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if !strings.HasPrefix(s, `"`) {
			return b.String(), s, true
		}
		b.WriteByte('"')
		s = s[1:]
	}
}

var delimiters = []rune{';', '\t', ',', '|'}

// trimEmpty drops empty fields at the end, which come from a delimiter at the end of the line. It keeps at least that many fields.
func trimEmpty(fields []string, least int) []string {
	for len(fields) > least && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// numeric reports whether a cell begins like a number, a time or a position.
func numeric(cell string) bool {
	cell = strings.TrimLeft(cell, "+-.,'\u2212 ")
	return cell != "" && cell[0] >= '0' && cell[0] <= '9'
}
