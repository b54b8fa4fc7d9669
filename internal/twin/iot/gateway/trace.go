package gateway

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
)

// traceIDs makes a UUID for each message of a session. The first is random and the others count up from it, which is cheap.
type traceIDs struct {
	base  atomic.Pointer[[16]byte]
	count atomic.Uint64
}

func (t *traceIDs) next() string {
	base := t.base.Load()
	if base == nil {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		t.base.CompareAndSwap(nil, &b)
		base = t.base.Load()
	}
	id := *base
	n := binary.BigEndian.Uint64(id[8:]) + t.count.Add(1)
	binary.BigEndian.PutUint64(id[8:], n)
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
