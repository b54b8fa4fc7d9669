package broker

import (
	"sync"
	"sync/atomic"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// session holds a client's subscriptions and its queue of messages. It can outlive the connection.
type session struct {
	broker  *Broker
	id      string
	version packet.Version
	number  uint64 // key in the store

	mu      sync.Mutex
	client  *Client     // nil: disconnected
	here    atomic.Bool // the client is connected; may be read without the mutex
	ended   bool
	filters map[string]packet.Filter
	expiry  uint32      // seconds for which the session outlives the connection
	expires *time.Timer // runs while the client is disconnected
	will    *pendingWill

	waiting  queue
	inflight []item // sent and unacknowledged, in the order of the first send
	sent     int    // number of inflight messages that were sent on this connection
	lastID   uint16
	bytes    int64  // size of waiting and inflight
	kept     bool   // the session is in the store
	sequence uint64 // sequence of its last message in the store
}

// item is a message in the queue of one subscriber.
type item struct {
	message *packet.Message
	at      time.Time // time of publication
	qos     byte
	retain  bool
	id      uint16

	sequence uint64 // key in the store; 0: not stored
}

// overhead is the approximate memory of an item without its message, in bytes.
const overhead = 128

func (i item) size() int64 {
	m := i.message
	n := overhead + len(m.Topic) + len(m.Payload) + len(m.ContentType) + len(m.ResponseTopic) + len(m.CorrelationData)
	for _, u := range m.User {
		n += overhead + len(u.Key) + len(u.Value)
	}
	return int64(n)
}

// expired reports whether the message has expired. [MQTT-3.3.2-5]
func (i item) expired(now time.Time) bool {
	return i.message.HasExpiry && now.Sub(i.at) >= time.Duration(i.message.Expiry)*time.Second
}

// left is the time until the message expires, in seconds. [MQTT-3.3.2-6]
func (i item) left(now time.Time) uint32 {
	gone := uint32(max(0, now.Sub(i.at)/time.Second))
	return i.message.Expiry - min(gone, i.message.Expiry)
}

// enqueue adds a message to the queue. If there is no room, it drops the message.
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

// share is the size up to which a session's queue may always grow, in bytes, even if MemoryBytes is exceeded.
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

// fill appends messages for the connection, as many as fit a batch and the client's Receive Maximum. They keep the order of publication:
// messages that an earlier connection sent without an acknowledgement come first, marked as duplicates. [MQTT-3.3.1-1] [MQTT-3.3.4-9]
// [MQTT-4.6.0-6]
func (s *session) fill(c *Client, out []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != c {
		return out // another connection has taken the session over
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

// deliverable reports whether the policies allow the message and the client accepts its size. [MQTT-3.1.2-24]
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

// nextID returns an unused packet identifier. There are more identifiers than messages in flight.
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

// acknowledged handles a PUBACK. It ignores an unknown packet identifier, and any PUBACK on a connection whose session was taken over.
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
		s.inflight = nil // frees the memory of an idle session
	}
	if i < s.sent {
		s.sent--
	}
	c.out.wake()
}

// setClient sets the session's client; nil: disconnected.
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

// pop removes the first item, and frees memory of removed items.
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
