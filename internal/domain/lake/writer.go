package lake

import "slices"

// writer writes the rows of a batch one after the other into one buffer, which costs less than a buffer for each message.
type writer struct {
	rows    []byte
	message message
	paths   []string
}

// growth is about how much larger the rows of a message are than the message.
const growth = 8

// begin forgets the rows of the batch before, and makes room for those of these records as far as they fit into an answer of maxBytes.
// More grows it. The room is kept from batch to batch: to make it anew was a tenth of the work, and most of what had to be collected.
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

// takeBack frees the room of the rows that were written last, which nobody wants.
func (w *writer) takeBack(rows []byte) { w.rows = w.rows[:len(w.rows)-len(rows)] }
