package lake

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// appendMessage appends a message as one object, with its readings as a list, and returns their number. Firehose writes each record as one
// Iceberg row and reads instants as microseconds since 1970.
func appendMessage(b []byte, m telemetry.Received, v vin.VIN, car Model) ([]byte, int) {
	b = appendIdentity(b, m, v)
	b = appendInstant(append(b, `,"ingested_at":`...), time.UnixMilli(m.IngestedAt))
	b = m.TS.UTC().AppendFormat(b, `,"day":"2006-01-02","hour":"15"`)
	b = appendModel(b, car)
	b = append(b, `,"readings":[`...)
	b, count := appendReadings(b, m.Signals, m.TS)
	for _, s := range m.Batch {
		var n int
		b, n = appendReadings(b, s.Signals, m.SampleTime(s))
		count += n
	}
	if count > 0 {
		b = b[:len(b)-1] // removes the last comma
	}
	return append(b, `]}`...), count
}

// appendReadings appends an object and a comma for each signal of a sample, ordered by path.
func appendReadings(b []byte, signals telemetry.Signals, at time.Time) ([]byte, int) {
	_, _, placed := signals.Place()
	for _, path := range slices.Sorted(maps.Keys(signals)) {
		b = appendInstant(append(b, `{"ts":`...), at)
		b = append(appendReading(b, path, signals[path], placed), `},`...)
	}
	return b, len(signals)
}

func appendInstant(b []byte, t time.Time) []byte { return strconv.AppendInt(b, t.UnixMicro(), 10) }
