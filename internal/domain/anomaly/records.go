package anomaly

import (
	"encoding/binary"
	"math"

	"connectedcar/internal/domain/alert"
)

func (m *Memory) write(w *writer) {
	w.whole(m.at)
	w.flag(m.on)
	w.flag(m.running)
	w.numbers(m.driveS, m.onS, m.restS, m.runS, m.airG, m.placard)
	w.whole(m.placedAt)
}

func (m *Memory) restoreCar(r *reader) {
	m.at, m.on, m.running = r.whole(), r.flag(), r.flag()
	m.driveS, m.onS, m.restS, m.runS, m.airG, m.placard = r.number(), r.number(), r.number(), r.number(), r.number(), r.number()
	m.placedAt = r.whole()
}

func (t *track) write(w *writer) {
	w.numbers(t.value, t.changedAt, t.odd, t.jumps)
	w.whole(t.saidAt)
	w.whole(t.oddAt)
	w.whole(t.jumpedAt)
	w.flag(t.known)
	w.byte(t.wasOdd)
	w.numbers(t.step, t.stepped)
}

func readTrack(r *reader) track {
	return track{
		value: r.number(), changedAt: r.number(), odd: r.number(), jumps: r.number(),
		saidAt: r.whole(), oddAt: r.whole(), jumpedAt: r.whole(), known: r.flag(), wasOdd: r.byte(), step: r.number(), stepped: r.number(),
	}
}

func writeProgress(w *writer, p alert.Progress) {
	w.flag(p.Active)
	w.whole(p.Since)
	w.whole(p.At)
}

func readProgress(r *reader) alert.Progress {
	return alert.Progress{Active: r.flag(), Since: r.whole(), At: r.whole()}
}

func (b *base) write(w *writer) {
	w.short(b.Mean, b.Dev, b.Count, b.Up, b.Down, b.Sum, b.N)
	w.whole(b.Begin)
	w.whole(b.Since)
	w.short(b.Prior)
}

func readBase(r *reader) base {
	return base{
		Mean: r.short(), Dev: r.short(), Count: r.short(), Up: r.short(), Down: r.short(), Sum: r.short(), N: r.short(), Begin: r.whole(),
		Since: r.whole(), Prior: r.short(),
	}
}

// writer appends sections of records.
type writer struct {
	bytes []byte
	head  int // offset of the last section's head
}

func (w *writer) section(tag, size byte) {
	w.head = len(w.bytes)
	w.bytes = append(w.bytes, tag, size, 0, 0)
}

// record starts a new record in the last section.
func (w *writer) record(id uint16) {
	count := w.bytes[w.head+2:]
	binary.LittleEndian.PutUint16(count, binary.LittleEndian.Uint16(count)+1)
	w.bytes = binary.LittleEndian.AppendUint16(w.bytes, id)
}

func (w *writer) byte(b byte) { w.bytes = append(w.bytes, b) }

func (w *writer) whole(n int64) {
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, uint64(n)) // the bit pattern of n
}

func (w *writer) flag(b bool) {
	if b {
		w.byte(1)
		return
	}
	w.byte(0)
}

func (w *writer) numbers(all ...float64) {
	for _, f := range all {
		w.bytes = binary.LittleEndian.AppendUint64(w.bytes, math.Float64bits(f))
	}
}

func (w *writer) short(all ...float32) {
	for _, f := range all {
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, math.Float32bits(f))
	}
}

// reader reads the fields of a record. Missing fields at its end are zero, as in a record that an earlier version wrote.
type reader []byte

func (r *reader) next(n int) []byte {
	if len(*r) < n {
		*r = nil
		return make([]byte, n)
	}
	b := (*r)[:n]
	*r = (*r)[n:]
	return b
}

func (r *reader) byte() byte      { return r.next(1)[0] }
func (r *reader) flag() bool      { return r.byte() != 0 }
func (r *reader) whole() int64    { return int64(binary.LittleEndian.Uint64(r.next(8))) } // the bit pattern of the number
func (r *reader) number() float64 { return math.Float64frombits(binary.LittleEndian.Uint64(r.next(8))) }
func (r *reader) short() float32  { return math.Float32frombits(binary.LittleEndian.Uint32(r.next(4))) }
