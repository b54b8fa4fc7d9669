package broker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"connectedcar/internal/twin/iot/mqtt/disk"
	"connectedcar/internal/twin/iot/mqtt/packet"
)

// Buckets of a broker's store, with their keys and values.
const (
	keptSessions disk.Bucket = "sessions" // session number -> keptSession in JSON
	keptQueues   disk.Bucket = "queues"   // session number and sequence -> queued message
	keptSent     disk.Bucket = "sent"     // session number and sequence -> packet identifier with which the message was sent
	keptRetained disk.Bucket = "retained" // topic -> message
)

// Buckets are the buckets that a broker's store must have.
var Buckets = []disk.Bucket{keptSessions, keptQueues, keptSent, keptRetained}

// keptSession is a session in the store. Sessions that end with their connection are not stored, and neither are last wills.
type keptSession struct {
	ID      string
	Version packet.Version
	Expiry  uint32 // seconds
	Left    int64  // time of the disconnect in milliseconds since 1970; 0: connected
	Filters []packet.Filter
}

// keeper writes to the store, if there is one.
type keeper struct{ store *disk.Store }

func (k keeper) put(b disk.Bucket, key string, value []byte) disk.Mark {
	if k.store == nil {
		return disk.Mark{}
	}
	return k.store.Put(b, key, value)
}

func (k keeper) drop(b disk.Bucket, key string) disk.Mark {
	if k.store == nil {
		return disk.Mark{}
	}
	return k.store.Delete(b, key)
}

func sessionKey(number uint64) string { return string(binary.BigEndian.AppendUint64(nil, number)) }

func itemKey(number, sequence uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte(sessionKey(number)), sequence))
}

// keepLocked stores a session that outlives its connection, and deletes the stored session otherwise. The caller holds mu.
func (s *session) keepLocked(left time.Time) disk.Mark {
	if s.broker.keep.store == nil {
		return disk.Mark{}
	}
	if s.expiry == 0 || s.ended {
		return s.forgetLocked()
	}
	s.kept = true
	k := keptSession{ID: s.id, Version: s.version, Expiry: s.expiry}
	if !left.IsZero() {
		k.Left = left.UnixMilli()
	}
	for _, f := range s.filters {
		k.Filters = append(k.Filters, f)
	}
	value, _ := json.Marshal(k) // cannot fail: texts and numbers always marshal
	return s.broker.keep.put(keptSessions, sessionKey(s.number), value)
}

func (s *session) forgetLocked() disk.Mark {
	if !s.kept {
		return disk.Mark{}
	}
	s.kept = false
	store, key := s.broker.keep.store, sessionKey(s.number)
	store.DeletePrefix(keptQueues, key)
	store.DeletePrefix(keptSent, key)
	return store.Delete(keptSessions, key)
}

// keepItem stores a queued QoS 1 message.
func (s *session) keepItem(i *item) disk.Mark {
	if !s.kept || i.qos == 0 {
		return disk.Mark{}
	}
	s.sequence++
	i.sequence = s.sequence
	return s.broker.keep.put(keptQueues, itemKey(s.number, i.sequence), i.encode())
}

func (s *session) keepSent(i item) {
	if s.kept && i.sequence > 0 {
		s.broker.keep.put(keptSent, itemKey(s.number, i.sequence), binary.BigEndian.AppendUint16(nil, i.id))
	}
}

func (s *session) dropItem(i item) {
	if s.kept && i.sequence > 0 {
		key := itemKey(s.number, i.sequence)
		s.broker.keep.drop(keptQueues, key)
		s.broker.keep.drop(keptSent, key)
	}
}

// encode returns the time of publication in nanoseconds, followed by the message as a PUBLISH packet of MQTT 5.
func (i item) encode() []byte {
	d := packet.Delivery{Message: i.message, QoS: i.qos, Retain: i.retain, ID: 1, Expiry: i.message.Expiry}
	b := make([]byte, 0, 8+packet.PublishSize(packet.V5, d))
	return packet.AppendPublish(binary.BigEndian.AppendUint64(b, uint64(i.at.UnixNano())), packet.V5, d)
}

func decodeItem(b []byte) (item, error) {
	if len(b) < 8 {
		return item{}, fmt.Errorf("kept message of %d bytes", len(b))
	}
	raw, err := packet.Read(bufio.NewReader(bytes.NewReader(b[8:])), len(b))
	if err != nil {
		return item{}, fmt.Errorf("read kept message: %w", err)
	}
	p, err := packet.DecodePublish(raw, packet.V5)
	if err != nil {
		return item{}, fmt.Errorf("decode kept message: %w", err)
	}
	return item{message: &p.Message, at: time.Unix(0, int64(binary.BigEndian.Uint64(b))), qos: p.QoS, retain: p.Retain}, nil
}
