// Package printable makes text that a car, a person or a company wrote safe to show: escape sequences that would move the cursor, colour
// lines or set a terminal's title, and characters that reverse the direction of text, are shown as \u001b and the like.
package printable

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is s on one line, for a cell of a table: line breaks and tabs are escaped as well, so that no text makes a row of its own.
func Text(s string) string { return escape(s, "") }

func escape(s, allowed string) string {
	if clean(s, allowed) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsPrint(r) || strings.ContainsRune(allowed, r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default: // JSON's form, so that JSON stays JSON
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

func clean(s, allowed string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) && !strings.ContainsRune(allowed, r) {
			return false
		}
	}
	return true
}

// Writer escapes what goes through it. Lines and tabs stay. A rune must not be cut by two writes.
type Writer struct {
	// To takes the escaped text. Programs that draw on a terminal write there, and pass foreign text through Text.
	To io.Writer
}

// Write reports the length of b, not of what was written for it.
func (w Writer) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.To, escape(string(b), "\n\t")); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Cell is s for a spreadsheet: one that begins like a formula gets an apostrophe, with which spreadsheets take it for text. Numbers stay.
// https://owasp.org/www-community/attacks/CSV_Injection
func Cell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
