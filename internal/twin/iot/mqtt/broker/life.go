package broker

import (
	"errors"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// attach gives the connection its session: the existing one of its client id, or a new one. A session is not resumed with another protocol
// version. An earlier connection of the client id ends. [MQTT-3.1.4-3]
func (b *Broker) attach(c *Client, p *packet.Connect) {
	b.mu.Lock()
	old := b.sessions[p.ClientID]
	resume := old != nil && !p.CleanStart && old.version == p.Version && old.outlives()
	s := old
	if !resume {
		b.numbers++
		s = &session{broker: b, id: p.ClientID, version: p.Version, number: b.numbers, filters: map[string]packet.Filter{}}
		b.sessions[p.ClientID] = s
	}
	var before *Client
	var due *pendingWill
	if old != nil {
		before, due = old.displace(!resume)
	}
	c.session = s
	s.connected(c, p, resume)
	b.mu.Unlock()
	if before != nil {
		before.End(packet.SessionTakenOver)
	}
	due.publish()
}

// displace removes the connection from the session, and ends the session if end is set. It returns the connection and the last will that is
// due.
func (s *session) displace(end bool) (before *Client, due *pendingWill) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.client
	s.stopTimersLocked()
	if s.will != nil && (end || before != nil && s.will.delay == 0) {
		due = s.will
	}
	s.will = nil
	s.setClient(nil)
	if end {
		s.endLocked()
	}
	return before, due
}

// connected makes c the client of the session. CONNACK is the first packet that c gets.
func (s *session) connected(c *Client, p *packet.Connect, resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry, s.sent = p.SessionExpiry, 0
	s.keepLocked(time.Time{})
	if p.Will != nil {
		s.will = &pendingWill{peer: c.peer, message: &p.Will.Message, delay: time.Duration(p.Will.Delay) * time.Second}
	}
	c.out.speak(p.Version, p.MaximumPacket)
	c.out.control(func(b []byte) []byte { return packet.AppendConnack(b, p.Version, c.connack(resumed)) })
	s.setClient(c)
	c.out.wake()
}

// detach removes an ended connection from its session.
func (b *Broker) detach(c *Client) {
	c.end(errors.New("connection given up")) // no effect if the connection has ended with another cause
	<-c.out.closed
	b.mu.Lock()
	due := b.release(c)
	b.mu.Unlock()
	due.publish()
	c.peer.Closed(c.out.cause)
}

// release marks the session as disconnected, or ends it. It returns the last will that is due.
func (b *Broker) release(c *Client) (due *pendingWill) {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != c {
		return nil // another connection has taken the session over
	}
	s.setClient(nil)
	if s.expiry == 0 {
		if b.sessions[s.id] == s {
			delete(b.sessions, s.id)
		}
		s.endLocked()
		due, s.will = s.will, nil
		return due
	}
	if s.will != nil && s.will.delay == 0 {
		due, s.will = s.will, nil
	}
	s.keepLocked(time.Now())
	if b.closed {
		return due
	}
	s.awaitLocked()
	return due
}

// awaitLocked starts the timers of a disconnected session. The caller holds mu.
func (s *session) awaitLocked() {
	s.expires = time.AfterFunc(time.Duration(s.expiry)*time.Second, func() { s.broker.expire(s) })
	if w := s.will; w != nil {
		w.timer = time.AfterFunc(w.delay, func() { s.willDue(w) })
	}
}

// expire ends a session whose client has not reconnected in time.
func (b *Broker) expire(s *session) {
	b.mu.Lock()
	s.mu.Lock()
	var due *pendingWill
	if s.client == nil && !s.ended {
		if b.sessions[s.id] == s {
			delete(b.sessions, s.id)
		}
		s.stopTimersLocked()
		due, s.will = s.will, nil
		s.endLocked()
	}
	s.mu.Unlock()
	b.mu.Unlock()
	due.publish()
}

// endLocked frees everything that the session holds. The caller holds mu.
func (s *session) endLocked() {
	s.ended = true
	s.forgetLocked()
	for f := range s.filters {
		s.broker.topics.unsubscribe(s, f)
	}
	s.broker.memory.Add(-s.bytes)
	s.filters, s.waiting, s.inflight, s.sent, s.bytes = map[string]packet.Filter{}, queue{}, nil, 0, 0
}

func (s *session) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopTimersLocked()
}

func (s *session) stopTimersLocked() {
	if s.expires != nil {
		s.expires.Stop()
		s.expires = nil
	}
	if s.will != nil && s.will.timer != nil {
		s.will.timer.Stop()
	}
}

// outlives reports whether the session continues after its connection has ended.
func (s *session) outlives() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expiry > 0
}

func (s *session) setExpiry(seconds uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiry = seconds
}

// pendingWill is a last will that no DISCONNECT has cancelled.
type pendingWill struct {
	peer    Peer
	message *packet.Message
	delay   time.Duration
	timer   *time.Timer
}

func (w *pendingWill) publish() {
	if w != nil {
		w.peer.WillDue(w.message)
	}
}

// willDue publishes a delayed will, unless the client has reconnected.
func (s *session) willDue(w *pendingWill) {
	s.mu.Lock()
	ok := s.will == w && s.client == nil
	if ok {
		s.will = nil
	}
	s.mu.Unlock()
	if ok {
		w.publish()
	}
}

// forgetWill cancels the last will, as a DISCONNECT of the client does. [MQTT-3.14.4-3]
func (s *session) forgetWill(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == c {
		s.will = nil
	}
}
