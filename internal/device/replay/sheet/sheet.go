// Package sheet splits the files of loggers into columns and rows. The files differ in encoding, line ends, delimiter, text before the
// header, rows of units below it, and repeated headers with other columns in the middle.
package sheet

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"connectedcar/internal/device/replay/unit"
)

// Sheet is a file as one table. A repeated header adds its columns to the earlier ones.
type Sheet struct {
	Columns   []Column
	Rows      []Row
	Delimiter rune
	Preamble  []string // lines before the header, and comments
	Skipped   []Skipped
	Notes     []string
	Lines     int // rows with data, skipped ones included
}

// Column is a column of the sheet.
type Column struct {
	Header string
	Unit   string // from the row of units below the header; empty: none
}

// Row is a row with a field for every column of the sheet.
type Row struct {
	Line   int // line in the file, counted from 1
	Fields []string
	Cut    int // 1 + index of the field at the end of the file, which may be cut off; 0: none
}

// Skipped is a skipped row.
type Skipped struct {
	Line   int
	Reason string
}

// ErrEmpty is the error for a file without any text.
var ErrEmpty = errors.New("the file is empty")

// Scorer counts the columns that a header names. It returns 0 if none of them is a signal.
type Scorer func(cells []string) int

// Read splits a file into columns and rows. It fails with ErrEmpty for a file without text.
func Read(raw []byte, score Scorer) (*Sheet, error) {
	text, remark := decode(raw)
	all, whole := lines(text)
	r := &reader{sheet: &Sheet{}, score: score, lines: all, whole: whole}
	if remark != "" {
		r.sheet.Notes = append(r.sheet.Notes, remark)
	}
	at, header := r.findHeader()
	if header == nil {
		return nil, ErrEmpty
	}
	r.sheet.Preamble = append(r.sheet.Preamble, all[:at]...)
	r.begin(header)
	for i := at + 1; i < len(all); i++ {
		r.line(i)
	}
	r.finish()
	return r.sheet, nil
}

// reader holds the state while the lines are read.
type reader struct {
	sheet  *Sheet
	score  Scorer
	lines  []string
	whole  bool
	header []string // current header
	units  []string // units from the row below the header
	places []int    // index in Sheet.Columns for each column of the header, set at the first row
	maybe  []string // words below the header that may be unknown units
	below  int      // lines since the header that may still be units or remarks
	known  int      // score of the header
}

// line handles a line as a row, a row of units, a header or a comment.
func (r *reader) line(i int) {
	line := r.lines[i]
	trimmed := strings.TrimSpace(line)
	switch {
	case blank(trimmed):
		return
	case strings.HasPrefix(trimmed, "#"):
		r.sheet.Preamble = append(r.sheet.Preamble, strings.TrimSpace(trimmed[1:]))
		return
	}
	fields, ok := split(line, r.sheet.Delimiter)
	if !ok {
		r.sheet.Lines++
		r.skip("quotation mark not closed", i)
		return
	}
	if onlyWords(fields) && r.words(fields, i) {
		return
	}
	r.sheet.Lines++
	r.below = 0
	r.row(fields, i)
}

// words handles a line of words that names columns or their units; false if it does neither. A header whose names begin with numbers must
// name at least half as many columns as the header before it.
func (r *reader) words(fields []string, i int) bool {
	trimmed := trimEmpty(fields, 0)
	wordy := !anyNumeric(fields)
	if n := r.score(trimmed); n > 1 && (wordy || 2*n >= r.known) || n == 1 && len(r.header) == 1 {
		if r.below > 0 && units(fields, r.header) && n < r.known {
			r.setUnits(fields)
			return true
		}
		if strings.Join(trimmed, "\x00") == strings.Join(r.header, "\x00") {
			r.sheet.Lines++
			r.skip("header repeated", i)
			return true
		}
		r.sheet.Notes = append(r.sheet.Notes, "a header comes again with other columns")
		r.begin(trimmed)
		return true
	}
	if r.below > 0 && wordy {
		r.below--
		if units(fields, r.header) {
			r.setUnits(fields)
			return true
		}
		if r.maybe == nil && slices.ContainsFunc(fields, func(f string) bool { return !unit.None(f) }) {
			r.maybe = fields
			r.sheet.Lines++
			r.skip("words below the header", i)
			return true
		}
	}
	return false
}

// remarkRows is the number of lines below a header that may hold units and sources.
const remarkRows = 3

func (r *reader) begin(header []string) {
	r.header, r.below, r.known = header, remarkRows, r.score(header)
	r.units, r.places, r.maybe = make([]string, len(header)), nil, nil
}

// setUnits sets the units of the header's columns.
func (r *reader) setUnits(fields []string) {
	r.below, r.maybe = 0, nil
	for i := range r.units {
		if i < len(fields) && !unit.None(fields[i]) {
			r.units[i] = fields[i]
		}
	}
}

// place finds the sheet's column for each column of the header: one with the same name and unit, or a new one.
func (r *reader) place() []int {
	places := make([]int, len(r.header))
	taken := map[int]bool{}
	for i, name := range r.header {
		c := Column{Header: name, Unit: r.units[i]}
		at := -1
		for k, old := range r.sheet.Columns {
			if old == c && !taken[k] {
				at = k
				break
			}
		}
		if at < 0 {
			at = len(r.sheet.Columns)
			r.sheet.Columns = append(r.sheet.Columns, c)
		}
		taken[at], places[i] = true, at
	}
	return places
}

func (r *reader) skip(reason string, i int) {
	r.sheet.Skipped = append(r.sheet.Skipped, Skipped{Line: i + 1, Reason: reason})
}

// row appends a line's fields as a row, or counts the line as skipped with the reason.
func (r *reader) row(fields []string, i int) {
	n := len(r.header)
	trailing := len(fields) > n && fields[len(fields)-1] == ""
	fields = trimEmpty(fields, n)
	switch {
	case len(fields) > n:
		r.skip("more fields than the header", i)
		return
	case len(fields) < n:
		r.skip("fewer fields than the header", i)
		return
	}
	if r.places == nil {
		if r.maybe != nil { // unknown units are still units
			r.setUnits(r.maybe)
		}
		r.places = r.place()
	}
	row := Row{Line: i + 1, Fields: make([]string, len(r.sheet.Columns))}
	for k, at := range r.places {
		row.Fields[at] = fields[k]
	}
	if last := i == len(r.lines)-1; last && !r.whole && !trailing && !strings.HasSuffix(r.lines[i], `"`) {
		row.Cut = r.places[n-1] + 1
	}
	r.sheet.Rows = append(r.sheet.Rows, row)
}

// finish extends early rows by the columns that were added later.
func (r *reader) finish() {
	if len(r.sheet.Columns) == 0 {
		r.place()
	}
	n := len(r.sheet.Columns)
	for i := range r.sheet.Rows {
		if f := r.sheet.Rows[i].Fields; len(f) < n {
			r.sheet.Rows[i].Fields = append(f, make([]string, n-len(f))...)
		}
	}
}

func blank(line string) bool { return strings.Trim(line, ";,\t| ") == "" }

// onlyWords reports whether all fields that are not empty are words or names that begin with a number.
func onlyWords(fields []string) bool {
	numbers, there := 0, 0
	for _, f := range fields {
		switch {
		case f == "":
		case numeric(f) && !unit.Known(f) && !prefixed.MatchString(f):
			numbers++
			there++
		default:
			there++
		}
	}
	return there > 0 && numbers == 0
}

// prefixed matches a name with a number before it, which some apps add.
var prefixed = regexp.MustCompile(`^\d{1,4}[_.:)-]+\s*\pL`)

func anyNumeric(fields []string) bool {
	for _, f := range fields {
		if numeric(f) && !unit.Known(f) {
			return true
		}
	}
	return false
}

// units reports whether fields without numbers are the units of a header's columns.
func units(fields, header []string) bool {
	if len(trimEmpty(fields, 0)) > len(header) {
		return false
	}
	known, there := 0, 0
	for _, f := range fields {
		if unit.None(f) {
			continue
		}
		there++
		if unit.Known(f) {
			known++
		}
	}
	return known > 0 && known*3 >= there
}
