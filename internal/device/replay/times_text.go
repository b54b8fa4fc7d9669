package replay

import (
	"regexp"
	"strings"
	"time"

	"connectedcar/internal/device/replay/clock"
	"connectedcar/internal/device/replay/sheet"
	"connectedcar/internal/device/replay/unit"
)

// parsed is a text with its time, if it could be parsed.
type parsed struct {
	clock.Moment
	ok bool
}

func parseAll(values []string) []parsed {
	out := make([]parsed, 0, len(values))
	for _, v := range values {
		if isAbsent(v) {
			continue
		}
		m, ok := clock.Parse(v)
		out = append(out, parsed{m, ok})
	}
	return out
}

// chooseTexts uses a column of dates, or of times of day beside a column of dates, as a clock.
func (l *layout) chooseTexts(t *times, f field, day *field) {
	text := func(r sheet.Row) string {
		own := r.Fields[f.index]
		if day == nil || day.index == f.index || isAbsent(own) {
			return own
		}
		if m, ok := clock.Parse(own); ok && m.Dated {
			return own
		}
		return r.Fields[day.index] + " " + own
	}
	var moments []clock.Moment
	all := make([]parsed, 0, len(l.Rows))
	for _, r := range l.Rows {
		if v := text(r); !isAbsent(v) {
			m, ok := clock.Parse(v)
			all = append(all, parsed{m, ok})
			if ok {
				moments = append(moments, m)
			}
		}
	}
	switch {
	case share(all, func(m parsed) bool { return m.ok && m.Dated && m.HasClock }):
		l.chooseDates(t, f, moments, text)
	case share(all, func(m parsed) bool { return m.ok && !m.Dated && m.HasClock }):
		t.elapsed = append(t.elapsed, timeColumn{header: f.header, index: f.index, at: func(r sheet.Row) (time.Duration, bool) {
			m, ok := clock.Parse(text(r))
			return m.Clock, ok && m.HasClock
		}})
	default:
		l.note("column %q is not used: no known form of time", f.header)
	}
}

// chooseDates decides the order and the zone of a column's dates.
func (l *layout) chooseDates(t *times, f field, moments []clock.Moment, text func(sheet.Row) string) {
	order, ok := l.orderOf(f, moments)
	if !ok {
		l.note("column %q is not used: no order of day, month and year reads its dates", f.header)
		return
	}
	east, known := l.zoneOf(f, moments)
	c := timeColumn{header: f.header, index: f.index, at: func(r sheet.Row) (time.Duration, bool) {
		m, ok := clock.Parse(text(r))
		if !ok || !m.Dated || !m.HasClock {
			return 0, false
		}
		return m.At(order, east)
	}}
	if known {
		t.clock = append(t.clock, c)
	} else {
		t.elapsed = append(t.elapsed, c)
	}
}

// orderOf returns the order of day, month and year: the one in the header, or else the one that fits best.
func (l *layout) orderOf(f field, moments []clock.Moment) (clock.Order, bool) {
	for _, hint := range []string{f.Unit, f.header} {
		if m := hintPattern.FindString(hint); m != "" {
			if order, ok := clock.Hint(m); ok {
				return order, true
			}
		}
	}
	c, ok := clock.Choose(moments, l.Delimiter == ';')
	if ok && !c.Certain {
		l.note("column %q: dates are read as %s: %s", f.header, c.Order, c.Why)
	}
	return c.Order, ok
}

var hintPattern = regexp.MustCompile(`(?i)[dmy]{1,4}[-/. ][dmy]{1,4}[-/. ][dmy]{1,4}`)

// zoneOf returns the offset for times without a zone: that of the header, or else UTC, which is reported. known is false if the texts name
// a zone that is unknown or ambiguous: then only differences of times are known.
func (l *layout) zoneOf(f field, moments []clock.Moment) (east time.Duration, known bool) {
	unnamed, bad := 0, ""
	for _, m := range moments {
		switch {
		case m.Zone.Name == "":
			unnamed++
		case !m.Zone.Known:
			bad = m.Zone.Name
		}
	}
	if bad != "" {
		l.note("column %q: zone %q is unknown or of several places; only the time between rows is used", f.header, bad)
		return 0, false
	}
	if unnamed == 0 {
		return 0, true
	}
	if name := strings.TrimSpace(f.Unit); !unit.None(name) && hintPattern.FindString(name) == "" {
		if zone, ok := clock.FindZone(name); ok && zone.Known {
			return time.Duration(zone.Minutes) * time.Minute, true
		}
		l.note("column %q: %q is not known; only the time between rows is used", f.header, name)
		return 0, false
	}
	l.note("column %q: times name no zone and are taken as UTC", f.header)
	return 0, true
}

// startLine matches a line before the header that contains the start of the recording.
var startLine = regexp.MustCompile(`(?i)(start|creat|record|captur|begin|began|log ?date|date|erstellt|aufnahme|datum|beginn|fecha|inicio|début|data)[^:=,;\t]*[:=,;\t]\s*(.+)$`)

// startTime takes the start of the recording from the lines before the header. It does so only if no column has calendar times and these
// lines contain just one time, which is not ambiguous.
func (l *layout) startTime(t *times) {
	if len(t.clock) > 0 || len(t.elapsed) == 0 {
		return
	}
	var start time.Duration
	for _, line := range l.Preamble {
		m := startLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		moment, ok := clock.Parse(strings.ReplaceAll(strings.NewReplacer(",", " ", ";", " ", "\t", " ", `"`, " ").Replace(m[2]), "  ", " "))
		if !ok || !moment.Dated || !moment.HasClock || moment.Zone.Name != "" && !moment.Zone.Known {
			continue
		}
		c, ok := clock.Choose([]clock.Moment{moment}, l.Delimiter == ';')
		at, valid := moment.At(c.Order, 0)
		switch {
		case !ok || !valid:
		case !c.Certain && !moment.TwelveHrs:
			l.note("the start %q could be read in two ways and is not used", strings.TrimSpace(m[2]))
			return
		case start != 0 && start != at:
			l.note("the lines before the header name several times: none is taken for the start")
			return
		default:
			start = at
		}
	}
	if start != 0 {
		l.note("the recording began at %s by the lines before the header", time.Unix(0, int64(start)).UTC().Format(time.RFC3339))
	}
	t.start = start
}
