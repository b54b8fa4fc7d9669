package gateway

import (
	"sync"
	"time"

	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/mqtt/broker"
	"connectedcar/internal/twin/iot/mqtt/packet"
	"connectedcar/internal/twin/iot/sql"
)

// delivery is a message that the rules are processing.
type delivery struct {
	message  sql.Message
	selected rules.Selected
	packetID uint16 // for the PUBACK; 0: QoS 0
	started  *rules.Started
	kept     broker.Kept // reached when the message is stored for sessions of disconnected clients
}

// pipeline passes a session's messages through the rules, in order, and acknowledges each one when its rules' actions have taken it. Later
// messages start before earlier ones are finished, so that batches fill. An idle pipeline has no goroutine.
type pipeline struct {
	session *session
	room    chan struct{} // one element per unfinished message

	mu      sync.Mutex
	queue   []delivery
	running bool
	broken  bool // a message was lost: no later one is acknowledged
}

// receiveMaximum is the largest number of a client's unacknowledged QoS 1 messages, as in AWS.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
const receiveMaximum = 100

// maxWait is the longest time for which a QoS 0 message blocks its connection while the pipeline is full. Then the message is dropped.
const maxWait = time.Second

func (p *pipeline) init(s *session) {
	p.session = s
	p.room = make(chan struct{}, receiveMaximum)
}

// idle reports whether every message is finished.
func (p *pipeline) idle() bool { return len(p.room) == 0 }

// submit adds a message. While the pipeline is full, submit waits, and the connection is not read, until there is room or the session ends.
func (p *pipeline) submit(d delivery) {
	if !p.enter(d.packetID != 0) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		<-p.room
		return
	}
	p.queue = append(p.queue, d)
	if !p.running {
		p.running = p.session.gateway.working.start(p.run)
	}
}

// enter waits for room. It returns false for a message to drop: at QoS 0 after maxWait, or after the session's end.
func (p *pipeline) enter(acknowledged bool) bool {
	select {
	case p.room <- struct{}{}:
		return true
	default:
	}
	g := p.session.gateway
	var late <-chan time.Time
	if !acknowledged {
		timer := time.NewTimer(maxWait)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case p.room <- struct{}{}:
		return true
	case <-late:
		g.metrics.dropped.Inc()
		g.log.Warn("message of QoS 0 dropped: its rules' destinations are too slow", "client_id", p.session.clientID)
	case <-g.ending.Done():
	case <-p.session.ended:
	}
	return false
}

func (p *pipeline) run() {
	var flying []delivery
	for {
		for {
			d, ok := p.next(len(flying) == 0)
			if !ok {
				break
			}
			d.started = p.session.gateway.engine.Start(p.session.gateway.work, d.message, d.selected)
			flying = append(flying, d)
		}
		if len(flying) == 0 {
			return
		}
		p.settle(flying[0])
		flying = flying[1:]
	}
}

// next takes the first waiting message. If no work is left, it ends the goroutine.
func (p *pipeline) next(last bool) (delivery, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		if last {
			p.running, p.queue = false, nil
		}
		return delivery{}, false
	}
	d := p.queue[0]
	p.queue = p.queue[1:]
	return d, true
}

// settle waits for the message's actions and acknowledges it. If no destination took the message, neither it nor any later message is
// acknowledged: the connection ends, and the client sends them again after it reconnects.
func (p *pipeline) settle(d delivery) {
	defer func() { <-p.room }()
	s, g := p.session, p.session.gateway
	err := d.started.Wait(g.work)
	if err == nil && d.packetID != 0 {
		err = d.kept.Wait(g.work)
	}
	switch {
	case err != nil && d.packetID == 0:
		g.metrics.lost.Inc()
		g.log.Warn("message of QoS 0 lost", "client_id", s.clientID, "topic", d.message.Topic, "error", err)
	case err != nil:
		g.metrics.withheld.Inc()
		g.log.Warn("message not acknowledged: connection ended", "client_id", s.clientID, "topic", d.message.Topic, "error", err)
		p.breakOff()
		s.client.End(packet.ServerBusy)
	case d.packetID != 0 && !p.isBroken():
		s.client.Acknowledge(d.packetID)
	}
}

func (p *pipeline) breakOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = true
	for range p.queue {
		<-p.room
	}
	p.queue = nil
}

func (p *pipeline) isBroken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}
