package replay

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// table is a file split into a header and rows.
type table struct {
	header    []string
	rows      []row
	delimiter rune
	comments  []string // lines that start with #, without it
	report    Report
}

type row struct {
	line   int
	fields []string
}

// decode makes UTF-8 of a file: loggers on Windows write UTF-16, and old ones Latin-1 for the sake of the degree sign.
func decode(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return decodeUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return decodeUTF16(raw[2:], binary.BigEndian)
	}
	raw = bytes.TrimPrefix(raw, []byte{0xEF, 0xBB, 0xBF})
	if utf8.Valid(raw) {
		return string(raw)
	}
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
	}
	return string(runes)
}

func decodeUTF16(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}

// readTable finds header and delimiter and splits every line. A line is a row: loggers write no line breaks inside fields, so
// one stray quotation mark spoils one row and not the rest of the file.
func readTable(text string) (*table, error) {
	t := &table{report: newReport()}
	named := rune(0)
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.Trim(trimmed, ";,\t|") == "":
			continue
		case strings.HasPrefix(trimmed, "#"):
			t.comments = append(t.comments, strings.TrimSpace(trimmed[1:]))
			continue
		case t.header == nil && strings.HasPrefix(strings.ToLower(trimmed), "sep=") && len(trimmed) == 5:
			named = rune(trimmed[4])
			continue
		}
		if t.header == nil {
			t.setHeader(line, named)
			continue
		}
		t.addRow(number, line)
	}
	if t.header == nil {
		return nil, ErrEmpty
	}
	return t, nil
}

func (t *table) setHeader(line string, delimiter rune) {
	if delimiter == 0 {
		delimiter = findDelimiter(line)
	}
	t.delimiter = delimiter
	fields, _ := split(line, delimiter)
	for len(fields) > 0 && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	t.header = fields
}

// findDelimiter is the candidate that the header has most of, outside quotation marks.
func findDelimiter(header string) rune {
	best, most := ',', 0
	for _, d := range []rune{';', '\t', ',', '|'} {
		if fields, _ := split(header, d); len(fields)-1 > most {
			best, most = d, len(fields)-1
		}
	}
	return best
}

// addRow appends a line as a row, or counts why it is none.
func (t *table) addRow(number int, line string) {
	t.report.Rows++
	fields, ok := split(line, t.delimiter)
	if !ok {
		t.report.skip("quotation mark not closed", number)
		return
	}
	n := len(t.header)
	for len(fields) > n && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) != n {
		t.report.skip(fmt.Sprintf("%s fields than the header", map[bool]string{true: "more", false: "fewer"}[len(fields) > n]), number)
		return
	}
	if strings.Join(fields, "\x00") == strings.Join(t.header, "\x00") {
		t.report.skip("header repeated", number)
		return
	}
	t.rows = append(t.rows, row{number, fields})
}

// split cuts a line at the delimiter, minding quotation marks at the start of a field; false if one is not closed.
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

// unquote reads up to the closing mark; two in a row stand for one.
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
