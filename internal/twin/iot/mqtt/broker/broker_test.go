package broker_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
)

const patience = 10 * time.Second

// peer accepts everything.
type peer struct {
	broker *broker.Broker
	client *broker.Client
	closed chan error
}

func (p *peer) Opened()                         {}
func (p *peer) Subscribe([]packet.Filter) error { return nil }
func (p *peer) Changed(bool, []string)          {}
func (p *peer) MayReceive(string) bool          { return true }
func (p *peer) WillDue(m *packet.Message)       { p.broker.Publish("", m) }
func (p *peer) Closed(cause error)              { p.closed <- cause }
func (p *peer) Publish(in *packet.Publish) error {
	p.broker.Publish(p.client.ID(), &in.Message)
	if in.QoS > 0 {
		p.client.Acknowledge(in.ID)
	}
	return nil
}

// world is a broker whose clients are pipes, so that no socket buffers data that a client does not read.
type world struct {
	t       *testing.T
	broker  *broker.Broker
	dropped atomic.Int64
	slow    atomic.Int64
	mu      sync.Mutex
	peers   map[string]*peer
}

func newWorld(t *testing.T, change func(*broker.Config)) *world {
	w := &world{t: t, peers: map[string]*peer{}}
	c := broker.Config{
		Accept: w.accept, MaximumPacket: 1 << 20, ReceiveMaximum: 100, TopicAliases: 8, SessionExpiry: time.Hour,
		QueueBytes: 100 << 10, MemoryBytes: 1 << 20, WriteTime: 200 * time.Millisecond,
		Counts: broker.Counts{
			Dropped: func(string) { w.dropped.Add(1) }, Slow: func(string) { w.slow.Add(1) }, Refused: func(*broker.Client, error) {},
		},
	}
	change(&c)
	w.broker = broker.New(c)
	t.Cleanup(w.broker.Close)
	return w
}

func (w *world) accept(c *broker.Client, in *packet.Connect) (broker.Accepted, error) {
	p := &peer{broker: w.broker, client: c, closed: make(chan error, 1)}
	w.mu.Lock()
	w.peers[in.ClientID] = p
	w.mu.Unlock()
	return broker.Accepted{Peer: p, KeepAlive: in.KeepAlive}, nil
}

// connect connects a client with a persistent session of MQTT 3.1.1 that is subscribed to all topics.
func (w *world) connect(id string, keepAlive byte) (net.Conn, *peer) {
	w.t.Helper()
	ours, theirs := net.Pipe()
	w.t.Cleanup(func() { _ = ours.Close() })
	go w.broker.Serve(theirs)
	require.NoError(w.t, ours.SetDeadline(time.Now().Add(patience)))
	body := "\x00\x04MQTT\x04\x00\x00" + string([]byte{keepAlive, 0, byte(len(id))}) + id
	subscribe := "\x82\x06\x00\x01\x00\x01#\x01"
	r := bufio.NewReader(ours)
	for _, in := range []string{"\x10" + string([]byte{byte(len(body))}) + body, subscribe} {
		_, err := io.WriteString(ours, in)
		require.NoError(w.t, err)
		_, err = packet.Read(r, 1000)
		require.NoError(w.t, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return ours, w.peers[id]
}

func (w *world) ended(p *peer) error {
	w.t.Helper()
	select {
	case cause := <-p.closed:
		return cause
	case <-time.After(patience):
		require.FailNow(w.t, "the connection did not end")
		return nil
	}
}

func (w *world) publish(n, size int) {
	for i := range n {
		w.broker.Publish("", &packet.Message{Topic: fmt.Sprint(i), QoS: 1, Payload: []byte(strings.Repeat("x", size))})
	}
}

// Tests the statement [MQTT-3.1.2-22] of the specification.
func TestSilentClientIsDisconnected(t *testing.T) {
	w := newWorld(t, func(*broker.Config) {})
	start := time.Now()
	_, p := w.connect("C", 1)
	assert.ErrorIs(t, w.ended(p), packet.KeepAliveTimeout)
	assert.Greater(t, time.Since(start), 1400*time.Millisecond, "one and a half times the interval")
}

func TestClientThatTakesNothingIsDisconnected(t *testing.T) {
	w := newWorld(t, func(*broker.Config) {})
	_, stuck := w.connect("STUCK", 60)
	w.publish(1, 100)
	assert.ErrorIs(t, w.ended(stuck), broker.ErrSlow)
	assert.Equal(t, int64(1), w.slow.Load())
}

func TestQueuesAreBoundedInBytes(t *testing.T) {
	w := newWorld(t, func(c *broker.Config) { c.WriteTime = patience })
	w.connect("STUCK", 60)
	w.publish(1000, 1000)
	assert.LessOrEqual(t, w.broker.Stats().QueueBytes, int64(100<<10))
	assert.Greater(t, w.dropped.Load(), int64(900))
	w.broker.Disconnect("STUCK", true, false)
	require.Eventually(t, func() bool { return w.broker.Stats().QueueBytes == 0 }, patience, time.Millisecond, "the memory is given back")
}

func TestOneQueueDoesNotStarveAnother(t *testing.T) {
	w := newWorld(t, func(c *broker.Config) { c.WriteTime, c.MemoryBytes, c.QueueBytes = patience, 100<<10, 1<<20 })
	conn, p := w.connect("AWAY", 60)
	_ = conn.Close()
	w.ended(p)
	w.publish(1000, 1000) // the queue of the disconnected session fills all memory
	w.dropped.Store(0)
	w.connect("HERE", 60)
	w.publish(10, 1000)
	assert.Equal(t, int64(10), w.dropped.Load(), "of the one that has all, and none of the other")
}

func TestEndDoesNotWait(t *testing.T) {
	w := newWorld(t, func(c *broker.Config) { c.WriteTime = patience })
	_, stuck := w.connect("STUCK", 60)
	w.publish(10, 1000)
	start := time.Now()
	stuck.client.End(packet.AdministrativeAction)
	assert.ErrorIs(t, w.ended(stuck), packet.AdministrativeAction)
	assert.Less(t, time.Since(start), patience/2, "less than the time to write")
}
