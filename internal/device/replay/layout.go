package replay

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"connectedcar/internal/domain/telemetry"
)

// layout is a table whose columns are understood.
type layout struct {
	*table
	columns []column
}

type column struct {
	target
	index  int
	header string
	unit   unit
	marks  marks
}

func newLayout(t *table) *layout {
	if long, ok := pivot(t); ok {
		t = long
	}
	l := &layout{table: t}
	fileComma := usesDecimalComma(t.rows)
	for i, header := range t.header {
		found, u, ok := recognise(header)
		if !ok {
			if strings.TrimSpace(header) != "" {
				t.report.Ignored = append(t.report.Ignored, header)
			}
			continue
		}
		if found.quantity != u.quantity && u.factor != 0 && found.path != roleTime {
			t.report.Ignored = append(t.report.Ignored, header)
			t.report.Notes = append(t.report.Notes, fmt.Sprintf("column %q left out: its unit does not measure that", header))
			continue
		}
		t.report.Columns[header] = found.path
		l.columns = append(l.columns, column{target: found, index: i, header: header, unit: u, marks: findMarks(t.values(i), fileComma)})
	}
	slices.SortStableFunc(l.columns, func(a, b column) int { return cmp.Compare(a.rank, b.rank) })
	return l
}

// values are the values of a column.
func (t *table) values(i int) []string {
	v := make([]string, len(t.rows))
	for k, r := range t.rows {
		v[k] = r.fields[i]
	}
	return v
}

// UnknownColumnsError says that a log has no column with a signal.
type UnknownColumnsError struct{ Headers []string }

func (e *UnknownColumnsError) Error() string {
	headers := strings.Join(e.Headers, ", ")
	if len(headers) > 200 {
		headers = headers[:200] + "..."
	}
	return fmt.Sprintf("no known column among %q; recognised are, in any spelling and with units: %s", headers, strings.Join(RecognisedNames(), ", "))
}

// check reports a log without signals or rows.
func (l *layout) check() error {
	if !slices.ContainsFunc(l.columns, func(c column) bool { return strings.HasPrefix(c.path, "Vehicle.") }) {
		return &UnknownColumnsError{Headers: l.header}
	}
	if l.report.Rows == 0 {
		return fmt.Errorf("the file has a header but no rows")
	}
	return nil
}

// vehicleOf is the row's car: empty if the log has no vehicle column, false if it has one and the cell is empty.
func (l *layout) vehicleOf(r row) (string, bool) {
	for _, c := range l.columns {
		if c.path == roleVehicle {
			v := r.fields[c.index]
			return v, !isAbsent(v)
		}
	}
	return "", true
}

// signalsOf reads a row's values but for the position, which readPositions has read.
func (l *layout) signalsOf(r row) telemetry.Signals {
	signals := telemetry.Signals{}
	for _, c := range l.columns {
		text := r.fields[c.index]
		if !strings.HasPrefix(c.path, "Vehicle.") || c.path == telemetry.Latitude || c.path == telemetry.Longitude || isAbsent(text) {
			continue
		}
		if _, has := signals[c.path]; has {
			continue
		}
		v, err := c.value(text)
		if err != nil {
			l.report.drop(c.header, err.Error(), r.line)
			continue
		}
		signals[c.path] = v
	}
	return signals
}

// value reads one cell.
func (c column) value(text string) (telemetry.Value, error) {
	switch c.path {
	case roleCodes:
		codes, err := parseCodes(text)
		return telemetry.Texts(codes...), err
	case roleCount:
		n, err := parseCount(text)
		return telemetry.Number(float64(n)), err
	}
	f, err := c.number(text)
	if err != nil {
		return telemetry.Null, err
	}
	if f < c.low || f > c.high {
		return telemetry.Null, fmt.Errorf("out of range")
	}
	return telemetry.Number(f), nil
}

// number reads a cell's number and converts it by the unit in the cell, or else that of the column.
func (c column) number(text string) (float64, error) {
	f, suffix, err := c.marks.parse(text)
	if err != nil {
		return 0, err
	}
	u := c.unit
	if suffix != "" {
		found, ok := findUnit(suffix)
		if !ok || found.quantity != c.quantity {
			return 0, fmt.Errorf("unknown unit")
		}
		u = found
	}
	if u.factor != 0 {
		f = u.convert(f)
	}
	return roundTo(f), nil
}

// roundTo cuts the noise that conversion leaves behind, far below any sensor's resolution.
func roundTo(f float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 12, 64), 64)
	if err != nil {
		return f
	}
	return r
}

var (
	codePattern  = regexp.MustCompile(`[PCBU][0-3][0-9A-F]{3}`)
	countPattern = regexp.MustCompile(`(\d+)\s*codes?`)
	hexPattern   = regexp.MustCompile(`^43([0-9A-F]{2})((?:[0-9A-F]{4})*)$`)
)

// parseCodes reads trouble codes: written out, or as the bytes of the answer to OBD service 03, which begins with 43 and the
// number of codes.
func parseCodes(text string) ([]string, error) {
	text = strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if m := hexPattern.FindStringSubmatch(text); m != nil {
		n, _ := strconv.ParseInt(m[1], 16, 32)
		if int(n)*4 != len(m[2]) {
			return nil, fmt.Errorf("not a list of trouble codes")
		}
		codes := []string{}
		for i := 0; i < len(m[2]); i += 4 {
			codes = append(codes, decodeCode(m[2][i:i+4]))
		}
		return codes, nil
	}
	if codes := codePattern.FindAllString(text, -1); codes != nil {
		return codes, nil
	}
	if text == "0" || text == "NOCODES" || text == "[]" {
		return []string{}, nil
	}
	return nil, fmt.Errorf("not a list of trouble codes")
}

// decodeCode spells two bytes as SAE J2012 does: two bits of letter, two of digit, three hexadecimal digits.
func decodeCode(hex string) string {
	first, _ := strconv.ParseUint(hex[:1], 16, 8)
	return string("PCBU"[first>>2]) + strconv.Itoa(int(first&3)) + hex[1:]
}

// parseCount reads a number of trouble codes, also out of a sentence such as "MIL is OFF, 0 codes".
func parseCount(text string) (int, error) {
	digits := text
	if m := countPattern.FindStringSubmatch(strings.ToLower(text)); m != nil {
		digits = m[1]
	}
	n, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || n < 0 || n > 255 {
		return 0, fmt.Errorf("not a number of trouble codes")
	}
	return n, nil
}
