package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// session outlives its connection: subscriptions, and messages on their way to the client.
type session struct {
	broker  *Broker
	id      string
	version packet.Version
	number  uint64 // in the store

	mu      sync.Mutex
	client  *Client     // nil: away
	here    atomic.Bool // the client is not away; may be read without the mutex
	ended   bool
	filters map[string]packet.Filter
	expiry  uint32      // seconds that the session outlives the connection
	expires *time.Timer // while the client is away
	will    *pendingWill

	waiting  queue
	inflight []item // sent and not acknowledged, in the order in which they were sent first
	sent     int    // of inflight, on this connection
	lastID   uint16
	bytes    int64  // of waiting and inflight
	kept     bool   // in the store
	sequence uint64 // of the last message there
}

// item is a message on its way to one subscriber.
type item struct {
	message *packet.Message
	at      time.Time // of its publication
	qos     byte
	retain  bool
	id      uint16

	sequence uint64 // in the store; 0: it is not there
}

// overhead is about the memory that an item takes beside its message.
const overhead = 128

func (i item) size() int64 {
	m := i.message
	n := overhead + len(m.Topic) + len(m.Payload) + len(m.ContentType) + len(m.ResponseTopic) + len(m.CorrelationData)
	for _, u := range m.User {
		n += overhead + len(u.Key) + len(u.Value)
	}
	return int64(n)
}

// expired tells whether the message's time is over. [MQTT-3.3.2-5]
func (i item) expired(now time.Time) bool {
	return i.message.HasExpiry && now.Sub(i.at) >= time.Duration(i.message.Expiry)*time.Second
}

// left is the rest of the message's time in seconds. [MQTT-3.3.2-6]
func (i item) left(now time.Time) uint32 {
	gone := uint32(max(0, now.Sub(i.at)/time.Second))
	return i.message.Expiry - min(gone, i.message.Expiry)
}

// enqueue takes a message for the client, unless there is no room for it.
func (s *session) enqueue(i item) Kept {
	kept, dropped := s.push(i)
	if dropped {
		s.broker.config.Counts.Dropped(s.id)
	}
	return kept
}

func (s *session) push(i item) (kept Kept, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.client == nil && i.qos == 0 {
		return Kept{}, false
	}
	if !s.reserve(i.size()) {
		return Kept{}, true
	}
	kept = s.keepItem(&i)
	s.waiting.push(i)
	if s.client != nil {
		s.client.out.wake()
	}
	return kept, false
}

// share is the size of a queue that a session may have however much waits for others.
const share = 16 << 10

func (s *session) reserve(n int64) bool {
	if s.bytes+n > s.broker.config.QueueBytes {
		return false
	}
	if total := s.broker.memory.Add(n); total > s.broker.config.MemoryBytes && s.bytes+n > share {
		s.broker.memory.Add(-n)
		return false
	}
	s.bytes += n
	return true
}

func (s *session) release(i item) {
	n := i.size()
	s.bytes -= n
	s.broker.memory.Add(-n)
	s.dropItem(i)
}

// fill appends messages for the connection, as many as fit into a batch and the client's Receive Maximum. Their order is that of
// publication: what was sent on an earlier connection and not acknowledged comes first, marked as a duplicate.
// [MQTT-3.3.1-1] [MQTT-3.3.4-9] [MQTT-4.6.0-6]
func (s *session) fill(c *Client, out []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != c {
		return out // taken over
	}
	now := time.Now()
	quota := int(min(c.connect.ReceiveMaximum, s.broker.config.ReceiveMaximum))
	for len(out) < batch {
		if s.sent < len(s.inflight) {
			if s.sent >= quota {
				break
			}
			out = s.append(out, c, s.inflight[s.sent], true, now)
			s.sent++
			continue
		}
		next, ok := s.waiting.first()
		if !ok || next.qos > 0 && len(s.inflight) >= quota {
			break
		}
		s.waiting.pop()
		if next.expired(now) || !s.deliverable(c, next) {
			s.release(next)
			continue
		}
		if next.qos == 0 {
			s.release(next)
		} else {
			next.id = s.nextID()
			s.keepSent(next)
			s.inflight = append(s.inflight, next)
			s.sent++
		}
		out = s.append(out, c, next, false, now)
	}
	return out
}

// deliverable asks the policy, and leaves out what is larger than the client takes. [MQTT-3.1.2-24]
func (s *session) deliverable(c *Client, i item) bool {
	if !c.peer.MayReceive(i.message.Topic) {
		return false
	}
	most := c.connect.MaximumPacket
	return most == 0 || packet.PublishSize(s.version, packet.Delivery{Message: i.message, QoS: i.qos}) <= int(most)
}

func (s *session) append(out []byte, c *Client, i item, dup bool, now time.Time) []byte {
	return packet.AppendPublish(out, c.connect.Version, packet.Delivery{
		Message: i.message, QoS: i.qos, Retain: i.retain, Dup: dup, ID: i.id, Expiry: i.left(now),
	})
}

// nextID is a packet identifier that is not in use. There are more than messages in flight.
func (s *session) nextID() uint16 {
	for {
		s.lastID++
		if s.lastID != 0 && s.indexOf(s.lastID) < 0 {
			return s.lastID
		}
	}
}

func (s *session) indexOf(id uint16) int {
	for i := range s.inflight {
		if s.inflight[i].id == id {
			return i
		}
	}
	return -1
}

// acknowledged takes a PUBACK. One of an unknown packet identifier means nothing, nor does one of a connection that was taken over.
func (s *session) acknowledged(c *Client, id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(id)
	if i < 0 || s.client != c {
		return
	}
	s.release(s.inflight[i])
	s.inflight = append(s.inflight[:i], s.inflight[i+1:]...)
	if len(s.inflight) == 0 {
		s.inflight = nil // an idle session keeps no memory
	}
	if i < s.sent {
		s.sent--
	}
	c.out.wake()
}

// setClient makes the client the session's; nil: away.
func (s *session) setClient(c *Client) {
	s.client = c
	s.here.Store(c != nil)
}

// queue is a first-in, first-out queue of items.
type queue struct {
	items []item
	head  int
}

func (q *queue) push(i item) { q.items = append(q.items, i) }

func (q *queue) first() (item, bool) {
	if q.head == len(q.items) {
		return item{}, false
	}
	return q.items[q.head], true
}

// pop takes the first item out. The memory of what was taken is given back.
func (q *queue) pop() {
	q.items[q.head] = item{}
	q.head++
	switch {
	case q.head == len(q.items) && cap(q.items) > 16:
		q.items, q.head = nil, 0
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head > 64 && 2*q.head > len(q.items):
		q.items = append([]item(nil), q.items[q.head:]...)
		q.head = 0
	}
}
