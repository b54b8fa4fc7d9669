// Package broker is an MQTT broker of QoS 0 and 1 whose clients cannot hold each other up: a publication only puts a message into
// its subscribers' queues, which are bounded in bytes, and each client's socket is written by a goroutine of its own, which gives
// up on a client that takes nothing. It differs from the specification where AWS IoT Core does.
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
	// Accept decides on a CONNECT packet. An error ends the connection; a packet.Reason among its causes is told to the client.
	Accept func(c *Client, p *packet.Connect) (Accepted, error)
	// MaximumPacket bounds the packets that clients send, in bytes.
	MaximumPacket int
	// ReceiveMaximum bounds the unacknowledged messages of a connection, to the client and from it.
	ReceiveMaximum uint16
	// TopicAliases is the number of topic aliases that a client may set.
	TopicAliases uint16
	// SessionExpiry is the longest time that a session outlives its connection.
	SessionExpiry time.Duration
	// QueueBytes bounds what waits for one client, connected or not.
	QueueBytes int64
	// MemoryBytes bounds what waits for all clients together, and the retained messages. A client without much in its queue gets
	// its messages nevertheless.
	MemoryBytes int64
	// Store keeps sessions and retained messages, with Buckets. Default: they are in memory alone.
	Store *disk.Store
	// WriteTime is the time after which a client that takes nothing is disconnected.
	WriteTime time.Duration
	Counts    Counts
}

// Counts are told of what a broker does to its clients.
type Counts struct {
	// Dropped is told of a message that its subscriber's queue had no room for.
	Dropped func(clientID string)
	// Slow is told of a client that was disconnected because it took nothing.
	Slow func(clientID string)
	// Refused is told why a connection ended before it was accepted.
	Refused func(c *Client, err error)
}

// Accepted is a connection that may go on.
type Accepted struct {
	Peer Peer
	// KeepAlive is the interval in seconds that the client must keep. The client is told where it asked for another.
	KeepAlive uint16
}

// Peer is the owner of a connection. Its methods are called one at a time by the goroutine that reads the connection, but for
// MayReceive and WillDue. An error ends the connection, with the packet.Reason among its causes.
type Peer interface {
	// Opened is called once the client has its CONNACK.
	Opened()
	// Publish takes a PUBLISH packet, to pass it on and acknowledge it.
	Publish(p *packet.Publish) error
	// Subscribe decides on the filters of a SUBSCRIBE packet. With ErrUnanswered the packet has no effect and no answer.
	Subscribe(filters []packet.Filter) error
	// Changed is told the filters that the client subscribed to, or unsubscribed from.
	Changed(subscribed bool, filters []string)
	// MayReceive decides on the delivery of a message.
	MayReceive(topic string) bool
	// WillDue publishes the last will of a client.
	WillDue(m *packet.Message)
	// Closed is called when the connection ended.
	Closed(cause error)
}

// ErrUnanswered leaves a SUBSCRIBE packet without effect and SUBACK.
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
	numbers  uint64 // of sessions, the last
	clients  map[*Client]bool
}

// New makes a broker.
func New(c Config) *Broker {
	k := keeper{c.Store}
	return &Broker{config: c, keep: k, retained: retained{most: c.MemoryBytes, keep: k}, sessions: map[string]*session{}, clients: map[*Client]bool{}}
}

// Serve serves one connection until it ends. The caller closes it.
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
	defer b.detach(c) // also where a peer panics
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

// Close tells the clients that the server shuts down, and waits until their connections have ended.
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

// Publish passes a message to its subscribers' queues and keeps it if it is to be retained. The message must not change after.
// The origin is the client id of the publisher, for subscriptions that want nothing of their own. Who promises that the message is not
// lost waits until it is kept.
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
			kept = mark // marks come in order
		}
	}
	return kept
}

// Stats are a broker's figures at one time.
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
