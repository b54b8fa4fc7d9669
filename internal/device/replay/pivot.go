package replay

import (
	"slices"
	"strings"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/sheet"
)

// long holds the columns of a log in long format, with one value per row.
type long struct{ name, value, unit int }

var (
	longNames  = []string{"pid", "sensor", "parameter", "signal", "channel", "metric", "measurement", "name", "pid name", "description", "messgröße", "sensorname"}
	longValues = []string{"value", "reading", "val", "wert", "valor", "valeur", "значение", "значення"}
	longUnits  = []string{"units", "unit", "uom", "einheit", "unidad", "unité", "единицы", "одиниці"}
)

// longColumns finds the columns of name, value and unit (-1: none).
func longColumns(header []string) (l long, ok bool) {
	l = long{-1, -1, -1}
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		switch {
		case l.name < 0 && slices.Contains(longNames, h):
			l.name = i
		case l.value < 0 && slices.Contains(longValues, h):
			l.value = i
		case l.unit < 0 && slices.Contains(longUnits, h):
			l.unit = i
		}
	}
	return l, l.name >= 0 && l.value >= 0
}

// pivot turns a log with one value per row (Car Scanner's export: SECONDS, PID, VALUE, UNITS) into one with a row for each round of values.
// A new row begins when a signal is repeated or the car changes. Each row keeps the line number of its first value. It returns false for
// other logs.
func pivot(s *sheet.Sheet) (*sheet.Sheet, bool) {
	header := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		header[i] = c.Header
	}
	at, ok := longColumns(header)
	if !ok {
		return nil, false
	}
	p := pivoter{source: s, at: at, places: map[sheet.Column]int{}, cars: -1}
	p.out = &sheet.Sheet{Delimiter: s.Delimiter, Preamble: s.Preamble, Skipped: s.Skipped, Notes: s.Notes}
	for i, c := range s.Columns {
		if i == at.name || i == at.value || i == at.unit {
			continue
		}
		if f, ok := column.Recognise(c.Header); ok && f.Path == column.Vehicle && p.cars < 0 {
			p.cars = i
		}
		p.kept = append(p.kept, i)
		p.out.Columns = append(p.out.Columns, c)
	}
	for _, r := range s.Rows {
		p.add(r)
	}
	p.finish()
	return p.out, true
}

// mostSignals is the largest number of columns that pivot makes, more than any logger has.
const mostSignals = 1000

type pivoter struct {
	source  *sheet.Sheet
	out     *sheet.Sheet
	at      long
	cars    int                  // column that names the car; -1: none
	kept    []int                // columns that are neither name nor value nor unit
	places  map[sheet.Column]int // signal and unit -> column of out
	current map[int]string
	named   map[string]bool // signals of the current row
	first   sheet.Row
}

// add puts one value into the current row, or into a new row if the current one has a value for that signal.
func (p *pivoter) add(r sheet.Row) {
	if r.Cut > 0 {
		p.out.Skipped = append(p.out.Skipped, sheet.Skipped{Line: r.Line, Reason: "the last line has no end and may be cut"})
		return
	}
	c := sheet.Column{Header: r.Fields[p.at.name]}
	if p.at.unit >= 0 {
		c.Unit = r.Fields[p.at.unit]
	}
	index, known := p.places[c]
	if !known {
		if len(p.places) >= mostSignals {
			return
		}
		index = len(p.out.Columns)
		p.places[c] = index
		p.out.Columns = append(p.out.Columns, c)
	}
	if p.current == nil || p.named[c.Header] || p.cars >= 0 && carKey(r.Fields[p.cars]) != carKey(p.first.Fields[p.cars]) {
		p.flush()
		p.current, p.named, p.first = map[int]string{}, map[string]bool{}, r
	}
	p.current[index], p.named[c.Header] = r.Fields[p.at.value], true
}

func (p *pivoter) flush() {
	if p.current == nil {
		return
	}
	fields := make([]string, len(p.out.Columns))
	for k, i := range p.kept {
		fields[k] = p.first.Fields[i]
	}
	for index, v := range p.current {
		fields[index] = strings.TrimSpace(v)
	}
	p.out.Rows = append(p.out.Rows, sheet.Row{Line: p.first.Line, Fields: fields})
}

// finish ends the last row, and extends early rows by the columns that were added later.
func (p *pivoter) finish() {
	p.flush()
	for i, r := range p.out.Rows {
		for len(r.Fields) < len(p.out.Columns) {
			r.Fields = append(r.Fields, "")
		}
		p.out.Rows[i] = r
	}
	p.out.Notes = append(p.out.Notes, "one value a row: values were put together into rounds")
	p.out.Lines = len(p.out.Rows) + len(p.out.Skipped)
}
