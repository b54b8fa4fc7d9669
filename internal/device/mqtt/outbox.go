package mqtt

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// message is a publication that the broker has not acknowledged yet.
type message struct {
	Seq     uint64 `json:"seq"`
	Topic   string `json:"topic"`
	Payload []byte `json:"payload"`
}

// outbox holds every publication from Publish until its PUBACK, in order. autopaho sends from it. Unlike autopaho's own queues, it keeps a
// message until the broker has acknowledged it: if the broker comes back without the session, all unacknowledged messages are sent again.
type outbox struct {
	journal *journal // nil: memory only
	limit   int
	gap     time.Duration // shortest time between two sends
	now     func() time.Time

	mu       sync.Mutex
	seq      uint64
	pending  []*message          // not sent in this session, by Seq
	inflight map[uint16]*message // sent, by packet identifier
	current  *message            // message that autopaho is about to send
	window   int                 // most messages in flight
	nextSend time.Time
	changed  chan struct{} // closed and replaced at every change
	counts   counts
}

type counts struct{ queued, sent, acked, refused, resent int }

func newOutbox(j *journal, backlog []*message, limit, window int, perSecond float64, now func() time.Time) *outbox {
	o := &outbox{journal: j, limit: limit, window: window, now: now, pending: backlog, inflight: map[uint16]*message{}, changed: make(chan struct{})}
	if perSecond > 0 {
		o.gap = time.Duration(float64(time.Second) / perSecond)
	}
	if n := len(backlog); n > 0 {
		o.seq = backlog[n-1].Seq
		o.counts.queued = n
	}
	return o
}

// add queues a publication. While the outbox is full, it waits.
func (o *outbox) add(ctx context.Context, topic string, payload []byte) error {
	for {
		o.mu.Lock()
		if o.unacknowledged() < o.limit {
			defer o.mu.Unlock()
			return o.append(topic, payload)
		}
		changed := o.changed
		o.mu.Unlock()
		select {
		case <-ctx.Done():
			return fmt.Errorf("queue message for %s: queue of %d is full: %w", topic, o.limit, ctx.Err())
		case <-changed:
		}
	}
}

func (o *outbox) append(topic string, payload []byte) error {
	m := &message{Seq: o.seq + 1, Topic: topic, Payload: payload}
	if err := o.journal.add(m); err != nil {
		return err
	}
	o.seq = m.Seq
	o.pending = append(o.pending, m)
	o.counts.queued++
	o.wake()
	return nil
}

// drained waits until every message is acknowledged or refused.
func (o *outbox) drained(ctx context.Context) error {
	for {
		o.mu.Lock()
		left, changed := o.unacknowledged(), o.changed
		o.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// unacknowledged counts the pending and inflight messages. The caller holds mu.
func (o *outbox) unacknowledged() int { return len(o.pending) + len(o.inflight) }

func (o *outbox) wake() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// sent records that the current message is sent with that packet identifier.
func (o *outbox) sent(packetID uint16) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == nil {
		return
	}
	o.unqueue(o.current)
	o.inflight[packetID] = o.current
	o.current = nil
	o.counts.sent++
	o.nextSend = o.now().Add(o.gap)
}

// settled removes the message with that packet identifier, because the broker acknowledged it or refused it permanently.
func (o *outbox) settled(packetID uint16, refused bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	m, ok := o.inflight[packetID]
	if !ok {
		return nil
	}
	delete(o.inflight, packetID)
	if refused {
		o.counts.refused++
	} else {
		o.counts.acked++
	}
	err := o.journal.done(m, o.unacknowledged() == 0)
	o.wake()
	return err
}

// again queues one message again after a temporary refusal. The next send waits for that time.
func (o *outbox) again(packetID uint16, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if m, ok := o.inflight[packetID]; ok {
		delete(o.inflight, packetID)
		o.putBack(m)
		o.nextSend = o.now().Add(wait)
	}
	o.wake()
}

// sessionLost queues all messages in flight again, because the broker has lost them with the session.
func (o *outbox) sessionLost() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.inflight {
		o.putBack(m)
	}
	clear(o.inflight)
	o.wake()
}

func (o *outbox) putBack(m *message) {
	o.counts.resent++
	at, _ := slices.BinarySearchFunc(o.pending, m, func(a, b *message) int { return int(int64(a.Seq) - int64(b.Seq)) })
	o.pending = slices.Insert(o.pending, at, m)
}

// unqueue removes m from the pending messages. It is nearly always the first of them.
func (o *outbox) unqueue(m *message) {
	if len(o.pending) > 0 && o.pending[0] == m {
		o.pending[0] = nil
		o.pending = o.pending[1:]
		return
	}
	o.pending = slices.DeleteFunc(o.pending, func(p *message) bool { return p == m })
}

// limitWindow lowers the number of messages in flight to the broker's limit.
func (o *outbox) limitWindow(most int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.window = min(o.window, most)
}

// ready reports whether a message may be sent. If only the rate limit forbids it, ready also returns the time to wait. The caller holds mu.
func (o *outbox) ready() (bool, time.Duration) {
	if len(o.pending) == 0 || len(o.inflight) >= o.window {
		return false, 0
	}
	wait := o.nextSend.Sub(o.now())
	return wait <= 0, wait
}
