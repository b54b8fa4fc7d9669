package lake

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Quality grades a value for analysis.
type Quality string

// The qualities. Only rows of quality Good have a value.
const (
	Good        Quality = "good"
	Missing     Quality = "missing"     // the car reports that its sensor is invalid
	Implausible Quality = "implausible" // outside the range of a working sensor of a road vehicle
)

// Model has the attributes of a car that its messages lack. Its fields may be empty.
type Model struct {
	Manufacturer string // manufacturerId
	Make         string
	Model        string
	Year         int
	Powertrain   string // COMBUSTION, HYBRID or ELECTRIC
}

// message holds the members that all rows of a message share, encoded once.
type message struct {
	head []byte // the beginning of a row, up to the sample's time
	tail []byte // the end of a row, from the car's model on
	at   []byte // buffer for the sample's time
}

// begin encodes the members that the rows of a message have in common.
func (m *message) begin(of telemetry.Received, v vin.VIN, car Model) {
	m.head = appendIdentity(m.head[:0], of, v)
	m.head = append(m.head, `,"ingested_at":"`...)
	m.head = time.UnixMilli(of.IngestedAt).UTC().AppendFormat(m.head, names.TimestampLayout)
	m.head = append(m.head, `","ts":"`...)
	m.tail = append(appendModel(m.tail[:0], car), "}\n"...)
}

// appendIdentity appends the beginning of an object: the VIN and the message's id.
func appendIdentity(b []byte, m telemetry.Received, v vin.VIN) []byte {
	b = appendText(append(b, `{"vin":`...), string(v))
	b = appendText(append(b, `,"message_id":`...), m.ID)
	b = appendText(append(b, `,"boot_id":`...), m.BootID)
	b = strconv.AppendUint(append(b, `,"seq":`...), m.Seq, 10)
	if m.TripID != "" {
		b = appendText(append(b, `,"trip_id":`...), m.TripID)
	}
	return b
}

// appendModel appends the known attributes of the car.
func appendModel(b []byte, car Model) []byte {
	for _, column := range []struct{ name, value string }{
		{"manufacturer", car.Manufacturer}, {"make", car.Make}, {"model", car.Model}, {"powertrain", car.Powertrain},
	} {
		if column.value != "" {
			b = appendText(append(append(append(b, `,"`...), column.name...), `":`...), column.value)
		}
	}
	if car.Year != 0 {
		b = strconv.AppendInt(append(b, `,"model_year":`...), int64(car.Year), 10)
	}
	return b
}

// rows appends a row for each signal of a sample, ordered by path, and returns their number.
func (m *message) rows(b []byte, signals telemetry.Signals, at time.Time, paths []string) ([]byte, int, []string) {
	m.at = at.UTC().AppendFormat(m.at[:0], names.TimestampLayout)
	paths = paths[:0]
	for path := range signals {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	_, _, placed := signals.Place()
	for _, path := range paths {
		b = append(append(b, m.head...), m.at...)
		b = append(appendReading(append(b, '"'), path, signals[path], placed), m.tail...)
	}
	return b, len(paths), paths
}

// column holds the members that all rows of a signal share, encoded once.
type column struct {
	telemetry.Signal
	path, unit []byte // with the commas before them; unit may be empty
}

var columns = func() map[string]*column {
	m := map[string]*column{}
	for _, s := range telemetry.Catalogue() {
		c := &column{Signal: s, path: appendText([]byte(`,"signal":`), s.Path)}
		if s.Unit != "" {
			c.unit = appendText([]byte(`,"unit":`), s.Unit)
		}
		m[s.Path] = c
	}
	return m
}()

// appendReading appends the columns of a reading: signal, num, str or bool by its kind, unit if it has one, and quality. Coordinates
// are implausible unless the sample is placed, which means that it has both of them.
func appendReading(b []byte, path string, v telemetry.Value, placed bool) []byte {
	quality := Good
	known := columns[path]
	if known != nil {
		b = append(b, known.path...)
	} else {
		b = appendText(append(b, `,"signal":`...), path)
	}
	switch {
	case v.IsNull():
		quality = Missing
	case known != nil && !known.Plausible(v), !placed && telemetry.IsPlace(path):
		quality = Implausible
	default:
		b = appendColumn(b, v)
	}
	if known != nil {
		b = append(b, known.unit...)
	}
	b = append(append(b, `,"quality":"`...), quality...)
	return append(b, '"')
}

func appendColumn(b []byte, v telemetry.Value) []byte {
	if f, ok := v.Number(); ok {
		return strconv.AppendFloat(append(b, `,"num":`...), f, 'g', -1, 64)
	}
	if s, ok := v.Text(); ok {
		return appendText(append(b, `,"str":`...), s)
	}
	if t, ok := v.Bool(); ok {
		return strconv.AppendBool(append(b, `,"bool":`...), t)
	}
	texts, _ := v.Texts()
	return appendText(append(b, `,"str":`...), join(texts))
}

// join returns a list as one text, separated by commas: a column holds one text, and codes have no commas.
func join(texts []string) string {
	var b []byte
	for n, t := range texts {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, t...)
	}
	return string(b)
}

// plain reports whether a text needs no escaping in JSON, as nearly all texts do not.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

const hex = "0123456789abcdef"

// appendText appends s as a JSON string. Invalid UTF-8 becomes the replacement character.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	if plain(s) {
		return append(append(b, s...), '"')
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size - 1
		}
	}
	return append(b, '"')
}
