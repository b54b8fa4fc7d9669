package broker

import (
	"strings"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// index finds the subscribers of a topic.
type index struct {
	mu   sync.RWMutex
	root node
}

// node is a level in the tree of topic filters.
type node struct {
	children map[string]*node
	sessions map[*session]packet.Filter
	groups   map[string]*group // shared subscriptions by group
}

// group holds the members of a shared subscription, in the order in which they joined.
type group struct {
	mu      sync.Mutex
	members []target
	turn    int
}

// target is a subscriber of a message.
type target struct {
	session *session
	options packet.Filter
}

func (x *index) subscribe(s *session, f packet.Filter) {
	name, topic, _ := packet.SplitShared(f.Topic)
	x.mu.Lock()
	defer x.mu.Unlock()
	n := &x.root
	for level := range strings.SplitSeq(topic, "/") {
		n = n.child(level)
	}
	if name != "" {
		n.join(name, target{s, f})
		return
	}
	if n.sessions == nil {
		n.sessions = map[*session]packet.Filter{}
	}
	n.sessions[s] = f
}

func (n *node) child(level string) *node {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	next := n.children[level]
	if next == nil {
		next = &node{}
		n.children[level] = next
	}
	return next
}

func (n *node) join(name string, t target) {
	if n.groups == nil {
		n.groups = map[string]*group{}
	}
	g := n.groups[name]
	if g == nil {
		g = &group{}
		n.groups[name] = g
	}
	g.leave(t.session)
	g.members = append(g.members, t)
}

func (g *group) leave(s *session) {
	for i, m := range g.members {
		if m.session == s {
			g.members = append(g.members[:i:i], g.members[i+1:]...)
			return
		}
	}
}

func (x *index) unsubscribe(s *session, filter string) {
	name, topic, _ := packet.SplitShared(filter)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.root.remove(s, name, strings.Split(topic, "/"))
}

// remove removes the session, and the levels that become empty.
func (n *node) remove(s *session, name string, levels []string) {
	if len(levels) > 0 {
		next := n.children[levels[0]]
		if next == nil {
			return
		}
		next.remove(s, name, levels[1:])
		if len(next.children)+len(next.sessions)+len(next.groups) == 0 {
			delete(n.children, levels[0])
		}
		return
	}
	if name == "" {
		delete(n.sessions, s)
		return
	}
	if g := n.groups[name]; g != nil {
		g.leave(s)
		if len(g.members) == 0 {
			delete(n.groups, name)
		}
	}
}

// match returns the subscribers of a message: each session once, with the highest QoS of its matching subscriptions, and one member of each
// shared subscription. [MQTT-3.3.4-2] [MQTT-4.8.2-4]
func (x *index) match(topic, origin string) []target {
	x.mu.RLock()
	defer x.mu.RUnlock()
	m := matcher{origin: origin}
	m.visit(&x.root, topic, true)
	return m.found
}

type matcher struct {
	origin string
	found  []target
	at     map[*session]int // index in found, once there are several
}

// visit matches the rest of the topic. At the root, wildcards do not match a level that begins with $ [MQTT-4.7.2-1]. As in AWS, # stands
// for at least one level: sensor/# does not match sensor.
func (m *matcher) visit(n *node, rest string, root bool) {
	if len(n.children) == 0 {
		return
	}
	level, after, more := strings.Cut(rest, "/")
	if next := n.children[level]; next != nil {
		m.follow(next, after, more)
	}
	if root && strings.HasPrefix(rest, "$") {
		return
	}
	if next := n.children["+"]; next != nil {
		m.follow(next, after, more)
	}
	if next := n.children["#"]; next != nil {
		m.take(next)
	}
}

func (m *matcher) follow(n *node, rest string, more bool) {
	if more {
		m.visit(n, rest, false)
		return
	}
	m.take(n)
}

func (m *matcher) take(n *node) {
	for s, f := range n.sessions {
		m.add(target{s, f})
	}
	for _, g := range n.groups {
		if t, ok := g.next(); ok {
			m.found = append(m.found, t)
		}
	}
}

func (m *matcher) add(t target) {
	if t.options.NoLocal && t.session.id == m.origin { // not to the publisher itself [MQTT-3.8.3-3]
		return
	}
	if m.at == nil {
		m.at = map[*session]int{}
	}
	if i, ok := m.at[t.session]; ok {
		known := &m.found[i].options
		known.QoS = max(known.QoS, t.options.QoS)
		known.RetainAsPublished = known.RetainAsPublished || t.options.RetainAsPublished
		return
	}
	m.at[t.session] = len(m.found)
	m.found = append(m.found, t)
}

// next returns the members in turn, and skips disconnected ones if any member is connected.
func (g *group) next() (target, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for range g.members {
		g.turn++
		if t := g.members[g.turn%len(g.members)]; t.session.here.Load() {
			return t, true
		}
	}
	if len(g.members) == 0 {
		return target{}, false
	}
	g.turn++
	return g.members[g.turn%len(g.members)], true
}

// subscribe makes the subscription, or replaces one with the same filter. existed reports the latter.
func (s *session) subscribe(f packet.Filter) (kept Kept, existed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return Kept{}, true
	}
	_, existed = s.filters[f.Topic]
	s.filters[f.Topic] = f
	s.broker.topics.subscribe(s, f)
	return s.keepLocked(time.Time{}), existed
}

func (s *session) unsubscribe(filter string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.filters[filter]
	delete(s.filters, filter)
	if ok {
		s.broker.topics.unsubscribe(s, filter)
		s.keepLocked(time.Time{})
	}
	return ok
}
