package replay

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Report counts the rows and values that were used, skipped or dropped.
type Report struct {
	Rows     int               // data rows, without headers and comments
	Valid    int               // rows that became a sample
	Skipped  map[string]Lines  // reason -> skipped rows
	Dropped  map[string]Lines  // column and reason -> values dropped from valid rows
	Columns  map[string]string // header -> signal or role
	Ignored  []string          // unrecognised headers
	Notes    []string          // decisions about the whole file
	Repaired int               // positions whose decimal point was restored
}

// Lines counts rows and lists the first line numbers.
type Lines struct {
	Count int
	First []int
}

const namedLines = 5

func (l Lines) add(line int) Lines {
	l.Count++
	if len(l.First) < namedLines {
		l.First = append(l.First, line)
	}
	return l
}

func (l Lines) String() string {
	text := make([]string, len(l.First))
	for i, n := range l.First {
		text[i] = fmt.Sprint(n)
	}
	s := "line " + strings.Join(text, ", ")
	if len(text) > 1 {
		s = "lines" + s[len("line"):]
	}
	if l.Count > len(l.First) {
		s += ", ..."
	}
	return s
}

func newReport() Report {
	return Report{Skipped: map[string]Lines{}, Dropped: map[string]Lines{}, Columns: map[string]string{}}
}

func (r *Report) skip(reason string, line int) { r.Skipped[reason] = r.Skipped[reason].add(line) }

func (r *Report) drop(column, reason string, line int) {
	key := column + ": " + reason
	r.Dropped[key] = r.Dropped[key].add(line)
}

// SkippedRows is the number of skipped rows.
func (r Report) SkippedRows() int {
	n := 0
	for _, l := range r.Skipped {
		n += l.Count
	}
	return n
}

// Print writes the report as text.
func (r Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "rows read %d, valid %d, skipped %d\n", r.Rows, r.Valid, r.SkippedRows())
	printLines(&b, "rows", r.Skipped)
	printLines(&b, "values", r.Dropped)
	if r.Repaired > 0 {
		fmt.Fprintf(&b, "  %d positions repaired\n", r.Repaired)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(&b, "  columns without a signal: %s\n", strings.Join(r.Ignored, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printLines(b *strings.Builder, what string, lines map[string]Lines) {
	reasons := make([]string, 0, len(lines))
	for reason := range lines {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(x, y string) int {
		return cmp.Or(lines[y].Count-lines[x].Count, strings.Compare(x, y))
	})
	for _, reason := range reasons {
		fmt.Fprintf(b, "  %d %s left out: %s (%s)\n", lines[reason].Count, what, reason, lines[reason])
	}
}
