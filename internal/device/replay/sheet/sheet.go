// Package sheet cuts the files of loggers into columns and rows. They share little: encoding, line ends, delimiter, text before the
// header, rows of units below it, and headers that come again in mid-file with other columns.
package sheet

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"connectedcar/internal/device/replay/unit"
)

// Sheet is a file as one table. A header in mid-file adds its columns to those before it.
type Sheet struct {
	Columns   []Column
	Rows      []Row
	Delimiter rune
	Preamble  []string // lines before the header, and comments
	Skipped   []Skipped
	Notes     []string
	Lines     int // rows with data, skipped ones included
}

// Column is a column of a header.
type Column struct {
	Header string
	Unit   string // of the row of units below the header; empty: none
}

// Row is a row, with a field for every column of the sheet.
type Row struct {
	Line   int // in the file, counted from 1
	Fields []string
	Cut    int // 1 + index of the field that may be cut off, since the file ends in it; 0: none
}

// Skipped is a row that is left out.
type Skipped struct {
	Line   int
	Reason string
}

// ErrEmpty is the error for a file without a line of text.
var ErrEmpty = errors.New("the file is empty")

// Scorer counts the columns that a header names; 0 if there is no signal among them.
type Scorer func(cells []string) int

// Read cuts up a file.
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

// reader is a walk down the lines.
type reader struct {
	sheet  *Sheet
	score  Scorer
	lines  []string
	whole  bool
	header []string // of the part under way
	units  []string // of the row of units below it
	places []int    // column of the sheet for each of the header's, from the first row on
	maybe  []string // words below the header that may be units that are not known
	below  int      // lines since the header that may still be units or remarks
	known  int      // score of the header
}

// line takes a line as a row, units, a header or a comment.
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

// words takes a line of words that names columns or their units. A header whose names begin with numbers must name at least half of the
// columns that the one before it names.
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

// setUnits gives the header's columns their units.
func (r *reader) setUnits(fields []string) {
	r.below, r.maybe = 0, nil
	for i := range r.units {
		if i < len(fields) && !unit.None(fields[i]) {
			r.units[i] = fields[i]
		}
	}
}

// place finds the sheet's column for each of the header's: one of the same name and unit, or a new one.
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

// row appends a line's fields, or counts why it is no row.
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
		if r.maybe != nil { // units that nobody knows are still units
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

// finish gives early rows the columns that came later.
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

// onlyWords reports whether the fields that hold something are words or names that begin with a number.
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

// prefixed is a name that begins with a number, as some apps put before it.
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
