// Package printable makes foreign text, written by a car, a user or a company, safe to print on a terminal. It replaces escape sequences,
// which could move the cursor, change colours or set the terminal's title, and characters that reverse the direction of text, by \u001b
// and the like.
package printable

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s on one line, for a cell of a table. It escapes line breaks and tabs too, so that a text cannot look like another row.
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
		default: // as in JSON, so that escaped JSON stays valid
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

// Writer escapes everything that is written to it, except line breaks and tabs. Two calls of Write must not split a rune.
type Writer struct {
	// To receives the escaped text. Programs that draw on a terminal write to To directly, and escape foreign text by Text.
	To io.Writer
}

// Write returns the length of b, not the length of the escaped text.
func (w Writer) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.To, escape(string(b), "\n\t")); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Cell returns s for a cell of a spreadsheet. A text that begins like a formula gets an apostrophe in front, so that spreadsheets do not
// evaluate it. Numbers are unchanged.
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
