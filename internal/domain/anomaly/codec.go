package anomaly

import (
	"encoding/binary"
	"errors"
	"fmt"

	"connectedcar/internal/domain/alert"
)

// form is the version of the stored form: sections of records, in which a record is a signal, the progress of a rule or a baseline under
// its id. Adding or removing a signal, rule or baseline keeps the form: a record with an unknown id is skipped, and an entry without a
// record starts empty. Fields may be added to the end of a record if zero is right for a memory that lacks them.
//
//	memory  = form section*
//	section = tag (1 byte), size of a record (1 byte), number of records (2 bytes), record*
//	record  = id (2 bytes), fields
const form = 2

// Tags of sections. A section with an unknown tag is skipped.
const (
	tagCar = iota + 1
	tagSignals
	tagProgress
	tagBases
)

// Sizes of the stored form's parts, in bytes.
const (
	headSize     = 4
	idSize       = 2
	carSize      = 8 + 2 + 7*8
	signalSize   = 9*8 + 2
	progressSize = 1 + 2*8
	baseSize     = 7*4 + 2*8 + 4
)

// MaxSize bounds an encoded memory, in bytes. A car without some of the signals, or with few rules in progress, takes less.
const MaxSize = 1 + 4*headSize + idSize + carSize +
	signalCount*(idSize+signalSize) + ruleCount*(idSize+progressSize) + baseCount*(idSize+baseSize)

// ErrForm is wrapped by Decode's error for bytes that are not a stored memory.
var ErrForm = errors.New("not a stored memory")

// Encode returns the memory's stored form: at most MaxSize bytes.
func (m *Memory) Encode() []byte {
	w := writer{bytes: append(make([]byte, 0, MaxSize), form)}
	w.section(tagCar, carSize)
	w.record(0)
	m.write(&w)
	w.section(tagSignals, signalSize)
	for i := range m.signals {
		if m.signals[i].saidAt != 0 {
			w.record(uint16(traits[i].id))
			m.signals[i].write(&w)
		}
	}
	w.section(tagProgress, progressSize)
	for i, p := range m.progress {
		if p != (alert.Progress{}) {
			w.record(ruleIDs[i])
			writeProgress(&w, p)
		}
	}
	w.section(tagBases, baseSize)
	for i := range m.bases {
		if m.bases[i] != (base{}) {
			w.record(uint16(subjects[i].id))
			m.bases[i].write(&w)
		}
	}
	return w.bytes
}

// Decode reads the output of Encode of this or an earlier version; empty input returns a new memory. Errors wrap ErrForm.
func Decode(b []byte) (*Memory, error) {
	switch {
	case len(b) == 0:
		return NewMemory(), nil
	case b[0] == form:
		return decode(b[1:])
	case b[0] == firstForm && len(b) == 1+firstSize:
		return decodeFirst(b[1:]), nil
	}
	return nil, fmt.Errorf("%w: %d bytes of form %d; allowed are form %d, and %d bytes of form %d",
		ErrForm, len(b), b[0], form, 1+firstSize, firstForm)
}

func decode(b []byte) (*Memory, error) {
	m := NewMemory()
	for len(b) > 0 {
		if len(b) < headSize {
			return nil, fmt.Errorf("%w: %d bytes after the last section", ErrForm, len(b))
		}
		tag, size, count := b[0], idSize+int(b[1]), int(binary.LittleEndian.Uint16(b[2:]))
		b = b[headSize:]
		if len(b) < size*count {
			return nil, fmt.Errorf("%w: section %d has %d bytes for %d records of %d", ErrForm, tag, len(b), count, size)
		}
		for range count {
			m.restore(tag, binary.LittleEndian.Uint16(b), b[idSize:size])
			b = b[size:]
		}
	}
	return m, nil
}

// restore decodes a record into the memory. Records with unknown ids are dropped.
func (m *Memory) restore(tag byte, id uint16, fields reader) {
	switch tag {
	case tagCar:
		m.restoreCar(&fields)
	case tagSignals:
		if i, watched := signalIndex[id]; watched {
			m.signals[i] = readTrack(&fields)
		}
	case tagProgress:
		if i, watched := ruleIndex[id]; watched {
			m.progress[i] = readProgress(&fields)
		}
	case tagBases:
		if i, watched := baseIndex[id]; watched {
			m.bases[i] = readBase(&fields)
		}
	}
}
