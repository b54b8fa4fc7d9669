package lake

import "slices"

// writer writes all rows of a batch into one buffer, which costs less than a buffer per message.
type writer struct {
	rows    []byte
	message message
	paths   []string
}

// growth is about the size of a message's rows relative to the message.
const growth = 8

// begin discards the rows of the previous batch and reserves room for those of these records, at most for a response of maxBytes.
// The buffer grows beyond that if it must. It is reused from batch to batch: allocating a new one took a tenth of the time and most of
// the garbage collection.
func (w *writer) begin(records []Record, maxBytes int) {
	size := 0
	for _, r := range records {
		size += len(r.Data)
	}
	if room := min(growth*size, maxBytes); cap(w.rows) < room {
		w.rows = make([]byte, 0, room)
	}
	w.rows = w.rows[:0]
}

// long writes a row for each signal and sample of a message.
func (w *writer) long(j judged, car Model) Result {
	w.message.begin(j.Received, j.vin, car)
	from := len(w.rows)
	r := Result{Day: j.TS.UTC().Format("2006-01-02"), Hour: j.TS.UTC().Format("15")}
	var n int
	w.rows, r.Count, w.paths = w.message.rows(w.rows, j.Signals, j.TS, w.paths)
	for _, s := range j.Batch {
		w.rows, n, w.paths = w.message.rows(w.rows, s.Signals, j.SampleTime(s), w.paths)
		r.Count += n
	}
	r.Rows = slices.Clip(w.rows[from:])
	return r
}

// nested writes one row for a message.
func (w *writer) nested(j judged, car Model) Result {
	from, count := len(w.rows), 0
	w.rows, count = appendMessage(w.rows, j.Received, j.vin, car)
	return Result{Rows: slices.Clip(w.rows[from:]), Count: count}
}

// takeBack removes the rows that were written last from the buffer, as they are not needed.
func (w *writer) takeBack(rows []byte) { w.rows = w.rows[:len(w.rows)-len(rows)] }
