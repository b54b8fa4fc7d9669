// Package presence keeps the connection state of cars. AWS IoT Core reports connects and disconnects out of order and more than once;
// the resulting state does not depend on that.
// https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
package presence

import (
	"cmp"
	"time"

	"connectedcar/internal/vin"
)

// Kind is the kind of a life-cycle event.
type Kind string

// The kinds, as AWS IoT Core names them.
const (
	Connected    Kind = "connected"
	Disconnected Kind = "disconnected"
)

// Event is one lifecycle event of AWS IoT Core (developer guide, "Lifecycle events").
type Event struct {
	VIN  vin.VIN
	Kind Kind
	At   time.Time // by the broker's clock, accurate to about two minutes
	// Version grows with every connection of a client; the connect and the disconnect of one connection have the same. After about
	// an hour without a connection it restarts at 0.
	Version  int64
	Session  string // id of the MQTT session
	ByClient bool   // the client sent a DISCONNECT packet
	Reason   string // reason of a disconnect, such as CONNECTION_LOST
}

// State is the state of a car's connection. The zero value stands for a car that has never connected.
type State struct {
	VIN       vin.VIN
	Connected bool
	Since     time.Time // time of the newest event, since when the car has been connected or not
	LastSeen  time.Time // the latest time of all events
	Version   int64     // version of the newest event, see Event
	Session   string
	ByClient  bool   // the car is disconnected because the client sent a DISCONNECT packet
	Reason    string // the reason of the disconnect
	// LostAt is the time of the disconnect for which an unresolved alert was raised; else zero.
	LostAt time.Time
	// Revision counts the writes of this state; 0 if there is none.
	Revision int64
}

// Known reports whether there has been any event.
func (s State) Known() bool { return !s.Since.IsZero() }

// restart is the time between two events beyond which their times are more reliable than their versions: versions restart after about an
// hour without a connection, and times are accurate to two minutes.
const restart = 30 * time.Minute

// Apply applies an event to the state and reports whether that changed anything.
func (s *State) Apply(e Event) bool {
	changed := false
	if e.At.After(s.LastSeen) {
		s.LastSeen, changed = e.At, true
	}
	if s.Known() && !s.older(e) {
		return changed
	}
	s.Connected, s.Since, s.Version, s.Session = e.Kind == Connected, e.At, e.Version, e.Session
	s.ByClient, s.Reason = e.ByClient, e.Reason
	return true
}

// older reports whether the state's newest event came before e.
func (s *State) older(e Event) bool {
	if apart := e.At.Sub(s.Since); apart.Abs() >= restart {
		return apart > 0
	}
	return cmp.Or(cmp.Compare(e.Version, s.Version), order(e.Kind == Disconnected, !s.Connected), e.At.Compare(s.Since)) > 0
}

// order compares two booleans: false comes first. True stands for a disconnect, which comes after the connect of its connection.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
