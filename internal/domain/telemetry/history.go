package telemetry

import (
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Row is one sample in the hot history.
type Row struct {
	VIN     vin.VIN
	At      time.Time // when the sample was read, to the millisecond
	Seq     uint64
	BootID  string
	TripID  string
	Signals Signals
}

// Partition groups a car's rows by day (UTC): vin#yyyy-mm-dd.
func (r Row) Partition() string { return Partition(r.VIN, r.At) }

// Partition is the partition of the rows of that car and day.
func Partition(v vin.VIN, day time.Time) string {
	return string(v) + "#" + day.UTC().Format(time.DateOnly)
}

// Sort orders the rows of a partition by time: ts#seq#bootId, where ts has milliseconds and seq 16 digits. bootId tells two
// messages apart whose sender counted anew with its clock set back. One message always gives the same keys, so storing it again
// changes nothing.
func (r Row) Sort() string {
	return fmt.Sprintf("%s#%016d#%s", r.At.UTC().Format(names.TimestampLayout), r.Seq, r.BootID)
}

// Rows are the samples of a message, one row for each moment at which it has any signal.
func (r Received) Rows(v vin.VIN) []Row {
	rows := make([]Row, 0, 1+len(r.Batch))
	find := finder(&rows, len(r.Batch))
	add := func(at time.Time, signals Signals) {
		if len(signals) == 0 {
			return
		}
		if i := find(at); i >= 0 {
			rows[i].Signals = rows[i].Signals.Merge(signals)
			return
		}
		rows = append(rows, Row{VIN: v, At: at, Seq: r.Seq, BootID: r.BootID, TripID: r.TripID, Signals: signals})
	}
	add(r.TS, r.Signals)
	for _, sample := range r.Batch {
		add(r.SampleTime(sample), sample.Signals)
	}
	return rows
}

// finder finds the row of a moment, or -1: among few samples by looking at each, among many by a map.
func finder(rows *[]Row, samples int) func(at time.Time) int {
	const few = 8
	if samples <= few {
		return func(at time.Time) int {
			return slices.IndexFunc(*rows, func(r Row) bool { return r.At.UnixMilli() == at.UnixMilli() })
		}
	}
	byTime := make(map[int64]int, samples+1)
	return func(at time.Time) int {
		for n := len(byTime); n < len(*rows); n++ {
			byTime[(*rows)[n].At.UnixMilli()] = n
		}
		if i, there := byTime[at.UnixMilli()]; there {
			return i
		}
		return -1
	}
}

// Merge is s with the signals of other, and of a signal in both the greater value in the order of Compare. Neither changes.
func (s Signals) Merge(other Signals) Signals {
	merged := make(Signals, len(s)+len(other))
	for path, v := range s {
		merged[path] = v
	}
	for path, v := range other {
		if old, there := merged[path]; !there || Compare(v, old) > 0 {
			merged[path] = v
		}
	}
	return merged
}

// Stretch is a part of a car's hot history, in order of time.
type Stretch struct {
	Rows []Row
	// Unread is the moment at which the reading ended before its end and before its limit of rows, because it had looked at as many bytes
	// as it may: later rows are unread, and perhaps some of that moment. Zero if nothing is.
	Unread time.Time
}

// The bytes that a read of hot history may look at: what it projects away is read and paid for all the same.
const (
	ReadBytes    = 4 << 10 // for each row of its limit: a sample of sixty signals
	MinReadBytes = 8 << 20 // at least, for signals that few samples have
)

// MaxRead is the number of bytes that a read of so many rows may look at.
func MaxRead(rows int) int { return max(MinReadBytes, rows*ReadBytes) }
