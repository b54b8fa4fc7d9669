// Package notification brings alerts to those they concern: to the topics of manufacturers, dealers and operators, to the event bus, to
// the car, and to the car's people as each of them prefers.
//
// Every message on its way is a Delivery in a queue. Each is tried by itself, so that no channel and no person holds up another,
// and each is claimed before it is sent, so that a queue that gives one twice sends it once.
package notification

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"connectedcar/internal/domain/alert"
)

// EventType is the change of an alert's state.
type EventType string

// The event types.
const (
	Raised       EventType = "raised" // or it has become graver
	Acknowledged EventType = "acknowledged"
	Resolved     EventType = "resolved"
	Assigned     EventType = "assigned" // another dealer looks after the car now, and gets its open alerts
)

// Event is something that those whom an alert concerns are told once.
type Event struct {
	Type  EventType
	Alert alert.Alert // as it was just then
}

// Change derives the event that people are notified of from a change of an alert's record; ok is false if there is none. A nil before is a new record; a record that
// went away says nothing. An alert that comes back within its cooldown is none that was not told; one that was resolved before it
// was ever written open, because what came was late, is none any more.
func Change(before, after *alert.Alert) (e Event, ok bool) {
	switch {
	case after == nil:
		return Event{}, false
	case before == nil:
		return Event{Raised, *after}, after.Status != alert.Resolved
	case after.Status == alert.Resolved:
		return Event{Resolved, *after}, before.Status != alert.Resolved
	case before.Severity != after.Severity && after.Severity.AtLeast(before.Severity):
		return Event{Raised, *after}, true
	case after.Status == alert.Acknowledged && before.Status == alert.Open:
		return Event{Acknowledged, *after}, true
	case before.DealerID != after.DealerID && after.DealerID != "":
		return Event{Assigned, *after}, true
	}
	return Event{}, false
}

// digest makes an id of fixed length of parts, in which nobody reads whose it is.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
