package broker

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"connectedcar/internal/twin/iot/mqtt/packet"
)

// retained holds the messages for new subscribers, one per topic.
type retained struct {
	most int64
	keep keeper

	mu    sync.Mutex
	items map[string]item
	bytes int64
}

// set stores the message as the retained one of its topic. An empty message deletes it. [MQTT-3.3.1-5] [MQTT-3.3.1-6] It returns false if
// there is no room.
func (r *retained) set(m *packet.Message, at time.Time) (Kept, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old, ok := r.items[m.Topic]; ok {
		r.bytes -= old.size()
		delete(r.items, m.Topic)
	}
	i := item{message: m, at: at, qos: m.QoS, retain: true}
	if len(m.Payload) == 0 || !r.addLocked(i) {
		return r.keep.drop(keptRetained, m.Topic), len(m.Payload) == 0
	}
	return r.keep.put(keptRetained, m.Topic, i.encode()), true
}

func (r *retained) addLocked(i item) bool {
	if r.bytes+i.size() > r.most {
		return false
	}
	if r.items == nil {
		r.items = map[string]item{}
	}
	r.items[i.message.Topic] = i
	r.bytes += i.size()
	return true
}

// restore adds a message from the store.
func (r *retained) restore(i item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(i)
}

// get returns the topic's message, unless it has expired.
func (r *retained) get(topic string, now time.Time) (item, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.items[topic]
	if ok && i.expired(now) {
		r.bytes -= i.size()
		delete(r.items, topic)
		r.keep.drop(keptRetained, topic)
		return item{}, false
	}
	return i, ok
}

func (r *retained) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.items)
}

func (r *retained) topics() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Keys(r.items), strings.Compare)
}

// sendRetained sends the retained message of the filter's topic. As in AWS, subscriptions with wildcards get none.
// https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-retain
func (s *session) sendRetained(f packet.Filter, existed bool) {
	if packet.Wildcards(f.Topic) || strings.HasPrefix(f.Topic, packet.SharePrefix) {
		return
	}
	if f.RetainHandling == 2 || f.RetainHandling == 1 && existed { // 2: never; 1: for a new subscription [MQTT-3.3.1-10] [MQTT-3.3.1-11]
		return
	}
	i, ok := s.broker.retained.get(f.Topic, time.Now())
	if !ok {
		return
	}
	i.qos = min(i.qos, f.QoS)
	s.enqueue(i)
}

// Retained is a retained message.
type Retained struct {
	Message *packet.Message
	At      time.Time
}

// Retained returns the topic's retained message; false if there is none or it has expired.
func (b *Broker) Retained(topic string) (Retained, bool) {
	i, ok := b.retained.get(topic, time.Now())
	return Retained{i.message, i.at}, ok
}

// RetainedTopics returns the topics of retained messages, sorted.
func (b *Broker) RetainedTopics() []string { return b.retained.topics() }
