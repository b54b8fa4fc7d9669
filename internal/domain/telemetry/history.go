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

// Partition returns the partition key of the row, which groups a car's rows by day (UTC): vin#yyyy-mm-dd.
func (r Row) Partition() string { return Partition(r.VIN, r.At) }

// Partition returns the partition key of a car's rows of a day (UTC).
func Partition(v vin.VIN, day time.Time) string {
	return string(v) + "#" + day.UTC().Format(time.DateOnly)
}

// Sort returns the sort key of the row, which orders a partition by time: ts#seq#bootId, where ts has milliseconds and seq 16 digits.
// bootId distinguishes messages of a sender that restarted its sequence with its clock set back. One message always gives the same keys,
// so storing it again changes nothing.
func (r Row) Sort() string {
	return fmt.Sprintf("%s#%016d#%s", r.At.UTC().Format(names.TimestampLayout), r.Seq, r.BootID)
}

// Rows returns the samples of a message, one row for each time at which it has any signal.
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

// finder returns a function that finds the index of the row of a time, or -1: by a linear search for few samples, else by a map.
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

// Merge returns the signals of both; for a signal in both, the greater value by Compare. It changes neither s nor other.
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

// Stretch is a period of a car's hot history, in order of time.
type Stretch struct {
	Rows []Row
	// Unread is the time at which the read stopped early because it had reached its limit of bytes: rows after it are
	// unread, and perhaps some at it. Zero if the read was complete or reached its limit of rows.
	Unread time.Time
}

// Limits of the bytes that a read of hot history may scan: signals that are not selected are read and paid for too.
const (
	ReadBytes    = 4 << 10 // for each row of the limit: a sample of sixty signals
	MinReadBytes = 8 << 20 // at least, as few samples may have the selected signals
)

// MaxRead returns the number of bytes that a read of so many rows may scan.
func MaxRead(rows int) int { return max(MinReadBytes, rows*ReadBytes) }
