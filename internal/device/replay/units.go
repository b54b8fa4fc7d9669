package replay

import (
	"fmt"
	"strings"

	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/telemetry"
)

// needsUnit reports whether a column holds numbers with a unit. Times and positions are handled elsewhere.
func needsUnit(f column.Found) bool {
	switch f.Path {
	case column.Time, column.Elapsed, column.Date, column.Vehicle, column.Position, column.Codes, column.Count, telemetry.Latitude, telemetry.Longitude:
		return false
	}
	return true
}

// namedUnit returns the unit that a column names: in its header, in the row of units below it, or beside its values in a long format. Zero:
// it names none. A unit that is unknown, measures something else or contradicts another is a problem, and the default is not used then.
func namedUnit(q unit.Quantity, texts ...string) (u unit.Unit, problem string) {
	for _, text := range texts {
		if unit.None(text) {
			continue
		}
		found, other, ok := unit.Parse(text, q)
		switch {
		case !ok && !other.IsZero():
			return unit.Unit{}, fmt.Sprintf("its unit %q does not measure that", text)
		case !ok:
			return unit.Unit{}, fmt.Sprintf("its unit %q is not known", text)
		case !u.IsZero() && u != found && (u.Factor != found.Factor || u.Offset != found.Offset):
			return unit.Unit{}, fmt.Sprintf("it names two units, %s", strings.Join(texts, " and "))
		}
		u = found
	}
	return u, ""
}

// settleUnits decides the unit of columns that name none: from their cells, from other columns, or else the documented default, which is
// reported.
func (l *layout) settleUnits() {
	var assumed []string
	kept := l.columns[:0]
	for _, f := range l.columns {
		if !needsUnit(f.Found) {
			kept = append(kept, f)
			continue
		}
		if f.Quantity == unit.Plain {
			if f.Native || l.provenGear(f) {
				kept = append(kept, f)
			} else {
				l.ignore(f.header)
				l.note("column %q left out: no engine speed and speed prove that its numbers are gears and not codes", f.header)
			}
			continue
		}
		if l.cellUnits(&f); f.unit.IsZero() && f.bare.IsZero() && !f.mixed {
			if f.Native {
				f.unit = unit.Default(f.Default, f.Quantity)
			} else if !l.prove(&f) {
				continue
			}
		}
		if f.unit.IsZero() && f.bare.IsZero() && !f.mixed {
			f.unit = unit.Default(f.Default, f.Quantity)
			assumed = append(assumed, fmt.Sprintf("%q taken as %s", f.header, f.unit.Name))
		}
		kept = append(kept, f)
	}
	l.columns = kept
	if len(assumed) > 0 {
		l.note("no unit named: %s", strings.Join(assumed, ", "))
	}
}

// cellUnits looks for units in the cells of a column that names none. If all cells with a unit have the same one, it applies to the cells
// without a unit too.
func (l *layout) cellUnits(f *field) {
	if !f.unit.IsZero() {
		return
	}
	bare := false
	for _, r := range l.Rows {
		text := r.Fields[f.index]
		if isAbsent(text) {
			continue
		}
		_, suffix, err := f.marks.parse(text)
		if err != nil {
			continue
		}
		if suffix == "" {
			bare = true
			continue
		}
		u, _, ok := unit.Parse(suffix, f.Quantity)
		switch {
		case !ok, !f.bare.IsZero() && f.bare != u:
			f.mixed = true
		default:
			f.bare = u
		}
	}
	switch {
	case f.mixed:
		f.bare = unit.Unit{}
	case bare && !f.bare.IsZero():
		l.note("column %q: values without a unit are taken as %s, which others carry", f.header, f.bare.Name)
	}
}
