package replay

import "strings"

// pivot turns a log of one value a row (Car Scanner's export: SECONDS, PID, VALUE, UNITS) into one of a row for each round of
// values: a new row begins when a signal comes again. The rows keep the line of their first value.
func pivot(t *table) (*table, bool) {
	at := map[string]int{}
	for i, h := range t.header {
		at[letters(h)] = i
	}
	pid, ok1 := at["pid"]
	value, ok2 := at["value"]
	if !ok1 || !ok2 {
		return nil, false
	}
	units, hasUnits := at["units"]
	if !hasUnits {
		units, hasUnits = at["unit"]
	}
	p := pivoter{source: t, pid: pid, value: value, names: map[string]int{}}
	p.out = &table{delimiter: t.delimiter, comments: t.comments, report: t.report}
	for i, h := range t.header {
		if i == pid || i == value || hasUnits && i == units {
			continue
		}
		p.kept = append(p.kept, i)
		p.out.header = append(p.out.header, h)
	}
	for _, r := range t.rows {
		unitText := ""
		if hasUnits {
			unitText = r.fields[units]
		}
		p.add(r, unitText)
	}
	p.finish()
	return p.out, true
}

// mostSignals bounds the columns that a log can make: no logger knows as many.
const mostSignals = 1000

type pivoter struct {
	source     *table
	out        *table
	pid, value int
	kept       []int          // columns that are neither signal nor value nor unit
	names      map[string]int // signal -> column of out
	current    map[int]string
	first      row
}

// add puts one value into the current row, or into a new one if the row has a value for that signal.
func (p *pivoter) add(r row, unitText string) {
	name := r.fields[p.pid]
	index, known := p.names[name]
	if !known && len(p.names) >= mostSignals {
		return
	}
	if !known {
		index = len(p.out.header)
		p.names[name] = index
		header := name
		if _, ok := findUnit(unitText); ok {
			header = name + " (" + unitText + ")"
		}
		p.out.header = append(p.out.header, header)
	}
	if _, has := p.current[index]; has || p.current == nil {
		p.flush()
		p.current, p.first = map[int]string{}, r
	}
	p.current[index] = r.fields[p.value]
}

func (p *pivoter) flush() {
	if p.current == nil {
		return
	}
	fields := make([]string, len(p.out.header))
	for k, i := range p.kept {
		fields[k] = p.first.fields[i]
	}
	for index, v := range p.current {
		fields[index] = strings.TrimSpace(v)
	}
	p.out.rows = append(p.out.rows, row{p.first.line, fields})
}

// finish ends the last row, and gives early rows the columns that came later.
func (p *pivoter) finish() {
	p.flush()
	for i, r := range p.out.rows {
		for len(r.fields) < len(p.out.header) {
			r.fields = append(r.fields, "")
		}
		p.out.rows[i] = r
	}
	p.out.report.Notes = append(p.out.report.Notes, "one value a row: values were put together into rounds")
	p.out.report.Rows = len(p.out.rows) + p.out.report.SkippedRows()
}
