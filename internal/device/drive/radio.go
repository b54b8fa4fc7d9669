package drive

import (
	"fmt"
	"math/rand/v2"
)

// Radio holds the faults between car and broker, as probabilities per message.
type Radio struct {
	Drop      float64 // never sent: the receiver finds a gap in seq
	Duplicate float64 // sent twice, with the same id
	Reorder   float64 // sent after up to five later messages
}

// Check returns an error for a probability outside 0 to 1.
func (r Radio) Check() error {
	for name, p := range map[string]float64{"drop": r.Drop, "duplicate": r.Duplicate, "reorder": r.Reorder} {
		if p < 0 || p > 1 {
			return fmt.Errorf("--%s %v: allowed are probabilities from 0 to 1", name, p)
		}
	}
	return nil
}

// outgoing is a message ready to send.
type outgoing struct {
	topic   string
	payload []byte
}

// channel applies a Radio to a stream of messages.
type channel struct {
	Radio
	rng  *rand.Rand
	held []heldBack
	tally
}

// tally counts the messages by their treatment in the channel.
type tally struct{ produced, dropped, duplicated, reordered int }

type heldBack struct {
	message outgoing
	left    int // messages that are still to be sent before it
}

const mostOvertaking = 5

// pass takes a message and returns the messages to send at this moment, in order.
func (c *channel) pass(m outgoing) []outgoing {
	c.produced++
	var now []outgoing
	switch {
	case c.chance(c.Drop):
		c.dropped++
	case c.chance(c.Reorder):
		c.reordered++
		c.held = append(c.held, heldBack{m, 1 + c.rng.IntN(mostOvertaking)})
		return now
	default:
		now = append(now, m)
		if c.chance(c.Duplicate) {
			c.duplicated++
			now = append(now, m)
		}
	}
	return append(now, c.release()...)
}

func (c *channel) chance(p float64) bool { return p > 0 && c.rng.Float64() < p }

// release counts one message that overtakes the delayed ones, and returns those whose delay is over.
func (c *channel) release() []outgoing {
	var now []outgoing
	kept := c.held[:0]
	for _, h := range c.held {
		if h.left--; h.left <= 0 {
			now = append(now, h.message)
			continue
		}
		kept = append(kept, h)
	}
	c.held = kept
	return now
}

// flush returns all delayed messages.
func (c *channel) flush() []outgoing {
	var now []outgoing
	for _, h := range c.held {
		now = append(now, h.message)
	}
	c.held = nil
	return now
}
