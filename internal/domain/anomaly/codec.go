package anomaly

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"connectedcar/internal/domain/alert"
)

// form is the version of the stored form: of the fields and of the order of signals, rules and baselines. A memory of another form is
// not read: the car is learned anew.
const form = 1

// ErrForm is the cause of Decode's error for bytes that Encode of this version did not write.
var ErrForm = errors.New("not a memory of this form")

// Size is how many bytes an encoded memory has, always.
const Size = 1 + 8 + 2 + 7*8 + signalCount*(7*8+2) + ruleCount*(1+8+8) + baseCount*(7*4+8)

// Encode is the memory for a table: Size bytes.
func (m *Memory) Encode() []byte {
	w := writer(make([]byte, 0, Size))
	w.byte(form)
	w.whole(m.at)
	w.flag(m.on)
	w.flag(m.running)
	w.numbers(m.driveS, m.onS, m.restS, m.runS, m.airG, m.placard)
	w.whole(m.placedAt)
	for i := range m.signals {
		t := &m.signals[i]
		w.numbers(t.value, t.changedAt, t.odd, t.jumps)
		w.whole(t.saidAt)
		w.whole(t.oddAt)
		w.whole(t.jumpedAt)
		w.flag(t.known)
		w.byte(t.wasOdd)
	}
	for _, p := range m.progress {
		w.flag(p.Active)
		w.whole(p.Since)
		w.whole(p.At)
	}
	for _, b := range m.bases {
		w.short(b.Mean, b.Dev, b.Count, b.Up, b.Down, b.Sum, b.N)
		w.whole(b.Begin)
	}
	return w
}

// Decode reads what Encode wrote; no bytes at all are a new memory.
func Decode(b []byte) (*Memory, error) {
	if len(b) == 0 {
		return NewMemory(), nil
	}
	if len(b) != Size || b[0] != form {
		return nil, fmt.Errorf("%w: %d bytes of form %d; allowed are %d of form %d", ErrForm, len(b), b[0], Size, form)
	}
	r := reader(b[1:])
	m := &Memory{at: r.whole(), on: r.flag(), running: r.flag(), driveS: r.number(), onS: r.number(), restS: r.number(), runS: r.number(),
		airG: r.number(), placard: r.number(), placedAt: r.whole()}
	for i := range m.signals {
		m.signals[i] = track{value: r.number(), changedAt: r.number(), odd: r.number(), jumps: r.number(),
			saidAt: r.whole(), oddAt: r.whole(), jumpedAt: r.whole(), known: r.flag(), wasOdd: r.byte()}
	}
	for i := range m.progress {
		m.progress[i] = alert.Progress{Active: r.flag(), Since: r.whole(), At: r.whole()}
	}
	for i := range m.bases {
		m.bases[i] = base{Mean: r.short(), Dev: r.short(), Count: r.short(), Up: r.short(), Down: r.short(), Sum: r.short(),
			N: r.short(), Begin: r.whole()}
	}
	return m, nil
}

type writer []byte

func (w *writer) byte(b byte)   { *w = append(*w, b) }
func (w *writer) whole(n int64) { *w = binary.LittleEndian.AppendUint64(*w, uint64(n)) } //nolint:gosec // bits, not a number
func (w *writer) flag(b bool) {
	if b {
		w.byte(1)
		return
	}
	w.byte(0)
}

func (w *writer) numbers(all ...float64) {
	for _, f := range all {
		*w = binary.LittleEndian.AppendUint64(*w, math.Float64bits(f))
	}
}

func (w *writer) short(all ...float32) {
	for _, f := range all {
		*w = binary.LittleEndian.AppendUint32(*w, math.Float32bits(f))
	}
}

// reader reads from bytes whose length is checked before.
type reader []byte

func (r *reader) next(n int) []byte {
	b := (*r)[:n]
	*r = (*r)[n:]
	return b
}

func (r *reader) byte() byte      { return r.next(1)[0] }
func (r *reader) flag() bool      { return r.byte() != 0 }
func (r *reader) whole() int64    { return int64(binary.LittleEndian.Uint64(r.next(8))) } //nolint:gosec // bits, not a number
func (r *reader) number() float64 { return math.Float64frombits(binary.LittleEndian.Uint64(r.next(8))) }
func (r *reader) short() float32  { return math.Float32frombits(binary.LittleEndian.Uint32(r.next(4))) }
