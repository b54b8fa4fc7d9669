package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/telemetry"
)

// layout is a sheet with its recognised columns.
type layout struct {
	*sheet.Sheet
	columns   []field
	cars      []field // columns that name the car, the best first
	times     *times
	stamps    []stamp // time of each row
	positions *positions
	report    Report
}

// field is a recognised column.
type field struct {
	column.Found
	index  int
	header string
	unit   unit.Unit // zero: no unit is named, or none is needed
	bare   unit.Unit // unit of cells without a unit, in a column in which other cells have one
	mixed  bool      // cells have different units, so the unit of a cell without one is unknown
	marks  marks
	scale  float64 // factor for columns that do not count in whole units; 0: 1
}

// scoreHeader counts the signals and roles that the cells name. It returns 0 if they name no signal and no columns of a long format.
func scoreHeader(cells []string) int {
	named, signal := map[string]bool{}, false
	for _, c := range cells {
		if f, ok := column.Recognise(c); ok && !f.Guessed {
			named[f.Path] = true
			signal = signal || isSignal(f.Path) || f.Path == column.Position
		}
	}
	if _, long := longColumns(cells); long {
		return len(named) + 3
	}
	if !signal {
		return 0
	}
	return len(named)
}

func isSignal(path string) bool { return strings.HasPrefix(path, "Vehicle.") }

// newLayout recognises columns and named units, then times and positions, which help to infer the units that are not named.
func newLayout(s *sheet.Sheet) *layout {
	l := &layout{Sheet: s, report: newReport()}
	if long, ok := pivot(s); ok {
		l.Sheet = long
	}
	for _, skipped := range l.Skipped {
		l.report.skip(skipped.Reason, skipped.Line)
	}
	l.report.Rows, l.report.Notes = l.Lines, append(l.report.Notes, l.Notes...)
	fileComma := usesDecimalComma(l.Rows)
	for i, c := range l.Columns {
		l.recognise(i, c, fileComma)
	}
	slices.SortStableFunc(l.columns, func(a, b field) int { return cmp.Compare(a.Rank, b.Rank) })
	l.dropCut()
	l.findCars()
	l.times = l.readTimes()
	for _, r := range l.Rows {
		l.stamps = append(l.stamps, l.times.of(r))
	}
	l.positions = l.readPositions()
	l.settleUnits()
	return l
}

// recognise adds column i, or reports the reason for leaving it out.
func (l *layout) recognise(i int, c sheet.Column, fileComma bool) {
	found, ok := column.Recognise(c.Header)
	if !ok {
		l.ignore(c.Header)
		return
	}
	f := field{Found: found, index: i, header: c.Header, marks: findMarks(l.values(i), fileComma)}
	if needsUnit(found) {
		var problem string
		if f.unit, problem = namedUnit(found.Quantity, found.Unit, c.Unit); problem != "" {
			l.ignore(c.Header)
			l.note("column %q left out: %s", c.Header, problem)
			return
		}
	}
	if found.Path == column.Time || found.Path == column.Elapsed {
		if c.Unit != "" && f.Unit == "" {
			f.Unit = c.Unit
		}
	}
	if found.Guessed {
		l.note("column %q is taken for %q", c.Header, found.Name)
	}
	l.report.Columns[c.Header] = found.Path
	l.columns = append(l.columns, f)
}

func (l *layout) ignore(header string) {
	if strings.TrimSpace(header) != "" && !slices.Contains(l.report.Ignored, header) {
		l.report.Ignored = append(l.report.Ignored, header)
	}
}

func (l *layout) note(format string, args ...any) {
	l.report.Notes = append(l.report.Notes, fmt.Sprintf(format, args...))
}

// values returns the cells of a column.
func (l *layout) values(i int) []string {
	v := make([]string, len(l.Rows))
	for k, r := range l.Rows {
		v[k] = r.Fields[i]
	}
	return v
}

// dropCut clears the last field of a last line without a line end, which may be cut off in the middle of a number. If that field is the
// row's time or car, it drops the row.
func (l *layout) dropCut() {
	if len(l.Rows) == 0 {
		return
	}
	last := &l.Rows[len(l.Rows)-1]
	if last.Cut == 0 {
		return
	}
	const reason = "the last line has no end and may be cut"
	for _, f := range l.columns {
		if f.index != last.Cut-1 || last.Fields[f.index] == "" {
			continue
		}
		if !isSignal(f.Path) {
			l.report.skip(reason, last.Line)
			l.Rows = l.Rows[:len(l.Rows)-1]
			return
		}
		l.report.drop(f.header, reason, last.Line)
		last.Fields[f.index] = ""
	}
}

// UnknownColumnsError is the error for a log without any column of a known signal.
type UnknownColumnsError struct{ Headers []string }

func (e *UnknownColumnsError) Error() string {
	headers := strings.Join(e.Headers, ", ")
	if len(headers) > 200 {
		headers = headers[:200] + "..."
	}
	return fmt.Sprintf("no known column among %q; recognised are, in any spelling and with units: %s (and other languages: --replay-columns lists all)",
		headers, strings.Join(recognisedNames(), ", "))
}

// recognisedNames returns the usual names of columns, one for each signal and role, for error messages.
func recognisedNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, e := range column.All() {
		if !seen[e.Path] {
			seen[e.Path] = true
			names = append(names, e.Name)
		}
	}
	return names
}

// check returns an error for a log without signals or rows, or with rows of several cars but no column that names the car.
func (l *layout) check() error {
	if !slices.ContainsFunc(l.columns, func(f field) bool { return isSignal(f.Path) || f.Path == column.Position }) {
		headers := make([]string, len(l.Columns))
		for i, c := range l.Columns {
			headers[i] = c.Header
		}
		unknown := &UnknownColumnsError{Headers: headers}
		if left := slices.DeleteFunc(slices.Clone(l.report.Notes), func(n string) bool { return !strings.Contains(n, "left out") }); len(left) > 0 {
			return fmt.Errorf("%w; %s", unknown, strings.Join(left, "; "))
		}
		return unknown
	}
	if l.report.Rows == 0 {
		return fmt.Errorf("the file has a header but no rows")
	}
	return l.checkOneCar()
}

// signalsOf returns a row's values. readPositions has read the positions already.
func (l *layout) signalsOf(r sheet.Row) telemetry.Signals {
	signals := telemetry.Signals{}
	for _, f := range l.columns {
		text := r.Fields[f.index]
		if !isSignal(f.Path) || f.Path == telemetry.Latitude || f.Path == telemetry.Longitude || isAbsent(text) {
			continue
		}
		if _, has := signals[f.Path]; has {
			continue
		}
		v, err := f.value(text)
		if err != nil {
			l.report.drop(f.header, err.Error(), r.Line)
			continue
		}
		signals[f.Path] = v
	}
	return signals
}
