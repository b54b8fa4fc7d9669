package replay_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"connectedcar/internal/device/replay"
	"connectedcar/internal/device/replay/column"
	"connectedcar/internal/device/replay/unit"
	"connectedcar/internal/domain/telemetry"
)

// mutant is a valid log in a random format of loggers, together with its true values.
type mutant struct {
	rng     *rand.Rand
	comma   bool // numbers have a decimal comma
	between string
	columns []*mutantColumn
	lines   []string
	truth   map[int]int // line of the file -> row
	rows    []truth
	until   int // lines from this one on may be cut off
}

type truth struct {
	at     time.Time
	values map[string]float64 // by path, in the unit of VSS
}

type mutantColumn struct {
	path    string // path of the signal, or the role of the time column
	header  string
	unit    unit.Unit // zero for the time
	row     string    // unit in the row of units
	suffix  string    // unit in the cells
	unknown bool      // the column names an unknown unit
	write   func(truth) string
}

// strangers are units that no logger uses. A column with one of them must be left out.
var strangers = []string{"furlong/fortnight", "верст/ч", "slug", "Réaumur", "里", "xyz"}

func newMutant(seed uint64) *mutant {
	m := &mutant{rng: rand.New(rand.NewPCG(seed, 7)), truth: map[int]int{}}
	m.between = pick(m.rng, []string{",", ";", "\t", "|"})
	m.comma = m.between != "," && m.rng.IntN(3) == 0
	m.drive(8 + m.rng.IntN(30))
	m.columns = append(m.columns, m.timeColumn())
	for _, path := range []string{telemetry.Speed, telemetry.EngineSpeed, telemetry.EngineCoolant, telemetry.FuelLevel, telemetry.Latitude, telemetry.Longitude, telemetry.LowVoltageBattery, telemetry.EngineMAP} {
		if path == telemetry.Speed || path == telemetry.Longitude || m.rng.IntN(4) > 0 || path == telemetry.Latitude {
			m.columns = append(m.columns, m.column(path))
		}
	}
	m.rng.Shuffle(len(m.columns), func(i, j int) { m.columns[i], m.columns[j] = m.columns[j], m.columns[i] })
	m.text()
	return m
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// drive generates the true values: a car that goes north at a speed that changes slowly.
func (m *mutant) drive(n int) {
	at := time.Date(2026, 1+time.Month(m.rng.IntN(12)), 1+m.rng.IntN(28), m.rng.IntN(22), m.rng.IntN(60), m.rng.IntN(60), 0, time.UTC)
	step := pick(m.rng, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second})
	latitude, kph := 10+50*m.rng.Float64(), 30+60*m.rng.Float64()
	for range n {
		m.rows = append(m.rows, truth{at, map[string]float64{
			telemetry.Speed: kph, telemetry.EngineSpeed: 20*kph + 500, telemetry.EngineCoolant: 80 + 10*m.rng.Float64(), telemetry.FuelLevel: 20 + 50*m.rng.Float64(),
			telemetry.Latitude: latitude, telemetry.Longitude: 11.5, telemetry.LowVoltageBattery: 13 + m.rng.Float64(), telemetry.EngineMAP: 40 + 50*m.rng.Float64(),
		}})
		latitude += kph / 3.6 * step.Seconds() / 111_195
		kph = math.Max(20, kph+6*(m.rng.Float64()-0.5))
		at = at.Add(step)
	}
}

// column picks a random app's name for a signal, a unit, and a place to write the unit.
func (m *mutant) column(path string) *mutantColumn {
	var names []column.Entry
	for _, e := range column.All() {
		if e.Path == path {
			names = append(names, e)
		}
	}
	e := pick(m.rng, names)
	c := &mutantColumn{path: path, header: pick(m.rng, []func(string) string{strings.ToUpper, strings.ToLower, strings.TrimSpace, func(s string) string { return "007_" + s }, func(s string) string { return s + " *OBD" }, func(s string) string { return s + " ()" }})(e.Name)}
	if path == telemetry.Latitude || path == telemetry.Longitude {
		c.write = func(t truth) string { return m.number(t.values[path], 7) }
		return c
	}
	known := unit.Spellings(e.Quantity)
	spelling := pick(m.rng, slices.Sorted(maps.Keys(known)))
	c.unit = known[spelling]
	if m.rng.IntN(12) == 0 {
		spelling, c.unknown = pick(m.rng, strangers), true
	}
	switch m.rng.IntN(6) {
	case 0:
		c.header = e.Name + " (" + spelling + ")"
	case 1:
		c.header = e.Name + "[" + spelling + "]"
	case 2:
		c.header = e.Name + "/" + spelling
	case 3:
		c.row = spelling
	case 4:
		c.suffix = " " + spelling
	default:
		c.unknown = false // the column names no unit
	}
	c.write = func(t truth) string {
		return m.number((t.values[path]-c.unit.Offset)/c.unit.Factor, 6) + c.suffix
	}
	return c
}

func (m *mutant) number(f float64, decimals int) string {
	text := strconv.FormatFloat(f, 'f', decimals, 64)
	if m.comma {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// timeColumn picks a random format for times.
func (m *mutant) timeColumn() *mutantColumn {
	start := m.rows[0].at
	layout := func(header, layout string) *mutantColumn {
		return &mutantColumn{path: column.Time, header: header, write: func(t truth) string { return t.at.Format(layout) }}
	}
	count := func(header string, of func(truth) float64, decimals int) *mutantColumn {
		return &mutantColumn{path: column.Time, header: header, write: func(t truth) string { return m.number(of(t), decimals) }}
	}
	epoch := func(t truth) float64 { return float64(t.at.UnixMilli()) }
	since := func(t truth) float64 { return t.at.Sub(start).Seconds() }
	return pick(m.rng, []*mutantColumn{
		layout("Time", "2006-01-02T15:04:05.000Z07:00"), layout("timestamp", "2006-01-02 15:04:05.000 -0700"), layout("Device Time", "02-Jan-2006 15:04:05.000"),
		layout("Time", "2/1/2006 15:04:05.000"), layout("Time", "1/2/2006 3:04:05.000 PM"), layout("Zeit", "02.01.2006 15:04:05.000"), layout("Time", "15:04:05.000"),
		count("epoch", func(t truth) float64 { return epoch(t) / 1000 }, 3), count("time", epoch, 0), count("time", func(t truth) float64 { return epoch(t) * 1000 }, 0),
		count("Time (s)", since, 2), count("Time (ms)", func(t truth) float64 { return 1000 * since(t) }, 0), count("time_us", func(t truth) float64 { return 1e6 * since(t) }, 0),
		count("Time", since, 1), count("Time", func(t truth) float64 { return 1000 * since(t) }, 0), count("seconds", since, 3), count("Time", func(t truth) float64 { return float64(t.at.UnixMilli())/86_400_000 + 25_569 }, 9),
	})
}

// text writes the lines: a preamble at random, the header, a row of units at random, rows, and at random a second header with another order
// of columns.
func (m *mutant) text() {
	for range m.rng.IntN(3) {
		m.lines = append(m.lines, pick(m.rng, []string{"Some logger 1.0", "# made by a logger", "", "[Log Information]"}))
	}
	m.header()
	again := m.rng.IntN(3 * len(m.rows))
	for i, r := range m.rows {
		if i == again && i > 0 {
			m.rng.Shuffle(len(m.columns), func(i, j int) { m.columns[i], m.columns[j] = m.columns[j], m.columns[i] })
			m.header()
		}
		if m.rng.IntN(25) == 0 {
			continue // the row is lost
		}
		cells := make([]string, len(m.columns))
		for k, c := range m.columns {
			if cells[k] = c.write(r); m.rng.IntN(40) == 0 {
				cells[k] = pick(m.rng, []string{"", "-", "NaN", "broken"})
			}
		}
		m.lines = append(m.lines, strings.Join(cells, m.between))
		m.truth[len(m.lines)] = i
	}
}

func (m *mutant) header() {
	headers, units := make([]string, len(m.columns)), make([]string, len(m.columns))
	for k, c := range m.columns {
		headers[k], units[k] = c.header, c.row
	}
	m.lines = append(m.lines, strings.Join(headers, m.between))
	if slices.ContainsFunc(m.columns, func(c *mutantColumn) bool { return c.row != "" }) {
		m.lines = append(m.lines, strings.Join(units, m.between))
	}
}

// file encodes the lines, and may cut off the end.
func (m *mutant) file() []byte {
	end := pick(m.rng, []string{"\n", "\r\n", "\r"})
	text := strings.Join(m.lines, end) + end
	m.until = len(m.lines) + 1
	if m.rng.IntN(3) == 0 {
		runes := []rune(text)
		text = string(runes[:len(runes)-1-m.rng.IntN(len(runes)/4)])
		m.until = strings.Count(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n") + 1
	}
	wide := func(order binary.AppendByteOrder, mark bool) []byte {
		var out []byte
		if mark {
			out = order.AppendUint16(out, 0xFEFF)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	switch m.rng.IntN(6) {
	case 0:
		return append([]byte{0xEF, 0xBB, 0xBF}, text...)
	case 1:
		return wide(binary.LittleEndian, true)
	case 2:
		return wide(binary.BigEndian, true)
	case 3:
		return wide(binary.LittleEndian, false)
	}
	return []byte(text)
}

// falsehood describes a wrong value that the report does not mention; empty if there is none.
func (m *mutant) falsehood(log *replay.Log) string {
	var said strings.Builder
	if err := log.Report.Print(&said); err != nil {
		return err.Error()
	}
	told := said.String()
	if len(log.Cars) > 1 {
		return "it has several cars"
	}
	for _, c := range log.Cars {
		last := -1
		for i, s := range c.Samples {
			row, ok := m.truth[s.Line]
			if !ok {
				return fmt.Sprintf("line %d is no row", s.Line)
			}
			if why := m.falseValue(s, m.rows[row], told); why != "" {
				return why
			}
			if last >= 0 && !strings.Contains(told, "no usable time") && !strings.Contains(told, "without a time") && !strings.Contains(told, "taken as") {
				step, want := s.At-c.Samples[i-1].At, m.rows[row].at.Sub(m.rows[last].at)
				if (step-want).Abs() > 20*time.Millisecond && !strings.Contains(told, "dates are read") {
					return fmt.Sprintf("line %d comes %s after the one before, but it was %s", s.Line, step, want)
				}
			}
			last = row
		}
	}
	return m.lost(log, told)
}

// falseValue finds a wrong value, unless the report mentions the assumption that was made for its column.
func (m *mutant) falseValue(s replay.Sample, want truth, told string) string {
	for path, v := range s.Signals {
		got, _ := v.Number()
		if math.Abs(got-want.values[path]) <= 1e-3*math.Abs(want.values[path])+1e-3 {
			continue
		}
		for _, c := range m.columns {
			if c.path == path && !strings.Contains(told, strconv.Quote(c.header)) {
				return fmt.Sprintf("line %d: %s (%s) is %v, but the car's was %v", s.Line, path, c.header, got, want.values[path])
			}
		}
	}
	return ""
}

// lost finds a column without values that the report does not mention.
func (m *mutant) lost(log *replay.Log, told string) string {
	for _, c := range m.columns {
		if c.path == column.Time || log.Report.Valid == 0 {
			continue
		}
		sent := false
		for _, s := range log.Cars[0].Samples {
			_, there := s.Signals[c.path]
			sent = sent || there
		}
		if c.unknown && sent {
			return fmt.Sprintf("%q is sent though its unit is not known", c.header)
		}
		if !sent && !strings.Contains(told, c.header) && !strings.Contains(told, "no value") && log.Report.Valid > 3 {
			return fmt.Sprintf("nothing of %q is sent, and nothing is said", c.header)
		}
	}
	return ""
}

func checkMutant(t *testing.T, seed uint64) {
	t.Helper()
	m := newMutant(seed)
	raw := m.file()
	log, err := replay.Read(bytes.NewReader(raw), replay.Options{})
	if err != nil {
		return // the file was rejected, which is reported
	}
	if why := m.falsehood(log); why != "" {
		var said strings.Builder
		_ = log.Report.Print(&said)
		t.Fatalf("seed %d: %s\n%s\n%s", seed, why, strings.Join(m.lines[:min(len(m.lines), 8)], "\n"), said.String())
	}
}

// TestALogWrittenInOtherWaysIsRightOrSaid runs the first mutants of FuzzMutants.
func TestALogWrittenInOtherWaysIsRightOrSaid(t *testing.T) {
	refused := 0
	for seed := range uint64(300) {
		checkMutant(t, seed)
		m := newMutant(seed)
		if _, err := replay.Read(bytes.NewReader(m.file()), replay.Options{}); err != nil {
			refused++
		}
	}
	if refused > 15 {
		t.Errorf("%d of 300 logs are refused", refused)
	}
}

// FuzzMutants shuffles columns, renames them as other apps or languages do, swaps units, cuts off rows and ends, and changes encodings.
// Each value must be right, or the report must mention the assumption for its column or its absence, or the file must be rejected.
func FuzzMutants(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkMutant)
}
