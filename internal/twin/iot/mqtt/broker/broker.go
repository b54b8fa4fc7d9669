// Package broker is an MQTT broker of QoS 0 and 1 whose clients cannot block each other. A publication only puts a message into its
// subscribers' queues, which are bounded in bytes. A goroutine per client writes to the socket, and disconnects a client that does not
// read. It differs from the specification where AWS IoT Core does.
// https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-differences
package broker

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"connectedcar/internal/twin/iot/mqtt/disk"
	"connectedcar/internal/twin/iot/mqtt/packet"
)

// Config configures a broker. Fields without a default are required.
type Config struct {
	// Accept decides on a CONNECT packet. An error ends the connection. If the error wraps a packet.Reason, the client gets it in the
	// CONNACK.
	Accept func(c *Client, p *packet.Connect) (Accepted, error)
	// MaximumPacket is the size of the largest packet that clients may send, in bytes.
	MaximumPacket int
	// ReceiveMaximum is the largest number of unacknowledged messages of a connection, in each direction.
	ReceiveMaximum uint16
	// TopicAliases is the largest number of topic aliases that a client may set.
	TopicAliases uint16
	// SessionExpiry is the longest time for which a session outlives its connection.
	SessionExpiry time.Duration
	// QueueBytes is the size of the largest queue of one client, connected or not.
	QueueBytes int64
	// MemoryBytes is the largest total of all queues and the retained messages. A client with a short queue gets its messages even beyond
	// it.
	MemoryBytes int64
	// Store keeps sessions and retained messages, in Buckets. Default: they are only in memory.
	Store *disk.Store
	// WriteTime is the time after which a client that does not read is disconnected.
	WriteTime time.Duration
	Counts    Counts
}

// Counts are functions that the broker calls to count events.
type Counts struct {
	// Dropped is called when a message is dropped because the subscriber's queue is full.
	Dropped func(clientID string)
	// Slow is called when a client is disconnected because it did not read.
	Slow func(clientID string)
	// Refused is called with the reason when a connection ends before it was accepted.
	Refused func(c *Client, err error)
}

// Accepted holds the settings of an accepted connection.
type Accepted struct {
	Peer Peer
	// KeepAlive is the client's keep-alive interval in seconds. If it differs from the client's request, CONNACK contains it.
	KeepAlive uint16
}

// Peer handles the events of a connection. The goroutine that reads the connection calls its methods one at a time, except MayReceive and
// WillDue, which other goroutines call. An error ends the connection with the packet.Reason that it wraps.
type Peer interface {
	// Opened is called after the client's CONNACK.
	Opened()
	// Publish handles a PUBLISH packet. It must pass on and acknowledge the message.
	Publish(p *packet.Publish) error
	// Subscribe decides on the filters of a SUBSCRIBE packet. With ErrUnanswered, the packet has no effect and gets no SUBACK.
	Subscribe(filters []packet.Filter) error
	// Changed is called with the filters that the client subscribed to, or unsubscribed from.
	Changed(subscribed bool, filters []string)
	// MayReceive decides whether the client may get a message of that topic.
	MayReceive(topic string) bool
	// WillDue publishes the last will of a client.
	WillDue(m *packet.Message)
	// Closed is called when the connection has ended.
	Closed(cause error)
}

// ErrUnanswered means that a SUBSCRIBE packet has no effect and gets no SUBACK.
var ErrUnanswered = errors.New("packet is not answered")

// Broker is a running broker.
type Broker struct {
	config   Config
	topics   index
	retained retained
	keep     keeper
	memory   atomic.Int64 // bytes in queues
	serving  sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	sessions map[string]*session
	numbers  uint64 // number of the newest session
	clients  map[*Client]bool
}

// New makes a broker.
func New(c Config) *Broker {
	k := keeper{c.Store}
	return &Broker{config: c, keep: k, retained: retained{most: c.MemoryBytes, keep: k}, sessions: map[string]*session{}, clients: map[*Client]bool{}}
}

// Serve serves one connection until it ends. The caller must close it.
func (b *Broker) Serve(conn net.Conn) {
	c := newClient(b, conn)
	if !b.add(c) {
		return
	}
	defer b.remove(c)
	p, err := c.readConnect()
	if err != nil {
		c.refuse(err)
		return
	}
	accepted, err := b.config.Accept(c, p)
	if err != nil {
		c.refuse(err)
		return
	}
	c.accept(p, accepted)
	b.attach(c, p)
	defer b.detach(c) // even if a peer panics
	c.peer.Opened()
	c.end(c.read())
}

func (b *Broker) add(c *Client) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.serving.Add(1)
	b.clients[c] = true
	return true
}

func (b *Broker) remove(c *Client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.clients, c)
	b.serving.Done()
}

// Close sends all clients the reason "server shutting down" and waits until their connections have ended.
func (b *Broker) Close() {
	b.mu.Lock()
	b.closed = true
	for c := range b.clients {
		c.End(packet.ServerShuttingDown)
	}
	for _, s := range b.sessions {
		s.stopTimers()
	}
	b.mu.Unlock()
	b.serving.Wait()
}

// Publish puts a message into the queues of its subscribers, and stores it if it is retained. The caller must not change the message
// afterwards. origin is the client id of the publisher, for subscriptions with No Local. Before the caller acknowledges the message, it
// must wait for the returned mark.
func (b *Broker) Publish(origin string, m *packet.Message) (kept Kept) {
	at := time.Now()
	if m.Retain {
		var ok bool
		if kept, ok = b.retained.set(m, at); !ok {
			b.config.Counts.Dropped("")
		}
	}
	for _, t := range b.topics.match(m.Topic, origin) {
		mark := t.session.enqueue(item{
			message: m, qos: min(m.QoS, t.options.QoS), retain: m.Retain && t.options.RetainAsPublished, at: at,
		})
		if !mark.Reached() {
			kept = mark // marks are ordered: the last one includes the others
		}
	}
	return kept
}

// Stats are the broker's figures at one time.
type Stats struct {
	Sessions   int // connected or not
	QueueBytes int64
	Retained   int
}

// Stats returns the broker's figures.
func (b *Broker) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return Stats{Sessions: len(b.sessions), QueueBytes: b.memory.Load(), Retained: b.retained.len()}
}
