package broker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/twin/iot/mqtt/disk"
	"connectedcar/internal/twin/iot/mqtt/packet"
)

// Restore reads retained messages, sessions and their queues from the store. Call it before the first connection. Sessions whose client was
// connected count as disconnected at now.
func (b *Broker) Restore(now time.Time) error {
	if b.keep.store == nil {
		return nil
	}
	if err := b.restoreRetained(now); err != nil {
		return err
	}
	sessions, err := b.restoreSessions()
	if err != nil {
		return err
	}
	if err := b.restoreQueues(sessions); err != nil {
		return err
	}
	for _, s := range sessions {
		b.resume(s, now)
	}
	return nil
}

func (b *Broker) restoreRetained(now time.Time) error {
	return b.keep.store.Each(keptRetained, func(topic, value []byte) error {
		i, err := decodeItem(value)
		if err != nil {
			return fmt.Errorf("retained message on %s: %w", topic, err)
		}
		if !i.expired(now) {
			b.retained.restore(i)
		}
		return nil
	})
}

// restored is a session from the store.
type restored struct {
	*session
	left int64
}

func (b *Broker) restoreSessions() (map[uint64]restored, error) {
	out := map[uint64]restored{}
	err := b.keep.store.Each(keptSessions, func(key, value []byte) error {
		if len(key) != 8 {
			return fmt.Errorf("key of a session of %d bytes", len(key))
		}
		var k keptSession
		if err := json.Unmarshal(value, &k); err != nil {
			return fmt.Errorf("decode a session: %w", err)
		}
		number := binary.BigEndian.Uint64(key)
		s := &session{broker: b, id: k.ID, version: k.Version, number: number, expiry: k.Expiry, kept: true, filters: map[string]packet.Filter{}}
		for _, f := range k.Filters {
			s.filters[f.Topic] = f
		}
		b.numbers = max(b.numbers, number)
		out[number] = restored{s, k.Left}
		return nil
	})
	return out, err
}

// restoreQueues fills the sessions' queues in order. Messages that were sent come before those that were not.
func (b *Broker) restoreQueues(sessions map[uint64]restored) error {
	sent := map[string]uint16{}
	err := b.keep.store.Each(keptSent, func(key, value []byte) error {
		if len(value) != 2 {
			return errors.New("a packet identifier that has not two bytes")
		}
		sent[string(key)] = binary.BigEndian.Uint16(value)
		return nil
	})
	if err != nil {
		return err
	}
	return b.keep.store.Each(keptQueues, func(key, value []byte) error {
		if len(key) != 16 {
			return fmt.Errorf("key of a message of %d bytes", len(key))
		}
		s, ok := sessions[binary.BigEndian.Uint64(key)]
		if !ok {
			return nil
		}
		i, err := decodeItem(value)
		if err != nil {
			return fmt.Errorf("queue of %s: %w", s.id, err)
		}
		i.sequence, i.id = binary.BigEndian.Uint64(key[8:]), sent[string(key)]
		s.restore(i)
		return nil
	})
}

func (s *session) restore(i item) {
	s.sequence = i.sequence
	s.bytes += i.size()
	s.broker.memory.Add(i.size())
	if i.id != 0 {
		s.inflight = append(s.inflight, i)
		return
	}
	s.waiting.push(i)
}

// resume makes a restored session a disconnected one, unless it has expired.
func (b *Broker) resume(s restored, now time.Time) {
	left := now
	if s.left != 0 {
		left = time.UnixMilli(s.left)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := left.Add(time.Duration(s.expiry) * time.Second).Sub(now)
	if rest <= 0 {
		s.endLocked()
		return
	}
	b.sessions[s.id] = s.session
	for _, f := range s.filters {
		b.topics.subscribe(s.session, f)
	}
	s.keepLocked(left)
	s.expires = time.AfterFunc(rest, func() { b.expire(s.session) })
}

// Kept is reached when all changes so far are stored and will survive the end of the program.
type Kept = disk.Mark
