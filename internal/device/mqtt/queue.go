package mqtt

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/eclipse/paho.golang/autopaho/queue"
	"github.com/eclipse/paho.golang/paho"
)

// autopaho is the only sender and calls the methods below.
var _ queue.Queue = (*outbox)(nil)

// Wait returns a channel that is closed when there is a message to send, or when Wait should be called again.
func (o *outbox) Wait() chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	ok, wait := o.ready()
	if ok {
		c := make(chan struct{})
		close(c)
		return c
	}
	if wait > 0 {
		time.AfterFunc(wait, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.wake()
		})
	}
	return o.changed
}

// Enqueue always fails: messages are queued by add.
func (o *outbox) Enqueue(io.Reader) error {
	return fmt.Errorf("publish with Client.Publish")
}

// Peek returns the oldest message that may be sent, or queue.ErrEmpty.
func (o *outbox) Peek() (queue.Entry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ok, _ := o.ready(); !ok {
		return nil, queue.ErrEmpty
	}
	o.current = o.pending[0]
	return entry{o, o.current}, nil
}

type entry struct {
	o *outbox
	m *message
}

// Reader returns the message as an MQTT packet of QoS 1.
func (e entry) Reader() (io.Reader, error) {
	var b bytes.Buffer
	p := &paho.Publish{QoS: 1, Topic: e.m.Topic, Payload: e.m.Payload}
	_, err := p.Packet().WriteTo(&b)
	return &b, err
}

// Leave keeps the message for the next attempt.
func (e entry) Leave() error {
	e.o.mu.Lock()
	defer e.o.mu.Unlock()
	e.o.current = nil
	return nil
}

// Remove is called after sending. It keeps the message until its PUBACK.
func (e entry) Remove() error { return e.drop() }

// Quarantine is called for a message that cannot be sent at all, and discards it.
func (e entry) Quarantine() error { return e.drop() }

// drop discards the message if it was never added to the session, because the broker would never accept it.
func (e entry) drop() error {
	e.o.mu.Lock()
	defer e.o.mu.Unlock()
	if e.o.current != e.m {
		return nil
	}
	e.o.current = nil
	e.o.unqueue(e.m)
	e.o.counts.refused++
	err := e.o.journal.done(e.m, e.o.unacknowledged() == 0)
	e.o.wake()
	return err
}
