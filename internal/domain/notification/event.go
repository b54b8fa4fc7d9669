// Package notification notifies everybody whom an alert concerns: by the topics of manufacturers, dealers and operators, by the event bus,
// in the car, and the car's users according to their preferences.
//
// Every message is a Delivery in a queue. Each is retried on its own, so that no channel and no person delays another,
// and each is leased before it is sent, so that a delivery that the queue returns twice is sent once.
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
	Raised       EventType = "raised" // or its severity has increased
	Acknowledged EventType = "acknowledged"
	Resolved     EventType = "resolved"
	Assigned     EventType = "assigned" // the car has a new dealer, who gets its open alerts
)

// Event is a change of an alert of which everybody concerned is notified once.
type Event struct {
	Type  EventType
	Alert alert.Alert // its record right after the change
}

// Change derives the event for notifications from a change of an alert's record; ok is false if there is none. A nil before is a new
// record; a nil after is a deleted one, without an event. An alert that reopens within its cooldown has no event, and neither has one that
// was resolved when its record was first written, because its notices were late.
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

// digest returns an id of fixed length for some texts, from which they cannot be read.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
