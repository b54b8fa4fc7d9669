package notification

import (
	"encoding/json"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/errs"
)

// Channel is the channel of a delivery.
type Channel string

// The channels. A delivery to People is never sent itself: it is split into an Email and an SMS to each of the car's users.
const (
	Topic  Channel = "topic"
	Bus    Channel = "bus"
	Car    Channel = "car"
	People Channel = "people"
	Email  Channel = Channel(preference.Email)
	SMS    Channel = Channel(preference.SMS)
)

// Delivery is one message, as it is in the queue.
type Delivery struct {
	Event   EventType   `json:"event"`
	Channel Channel     `json:"channel"`
	To      string      `json:"to,omitempty"`    // Topic: manufacturer, dealer or operator; Email and SMS: a user id
	Alert   alert.Alert `json:"alert"`           // at the time of the event
	At      time.Time   `json:"at"`              // when the event was noticed
	Due     time.Time   `json:"due,omitzero"`    // earliest time to send it
	Held    bool        `json:"held,omitempty"`  // it was delayed for quiet hours or limits
	Tries   int         `json:"tries,omitempty"` // number of failed attempts
	// Digest marks the one message that replaces all critical alerts beyond a limit.
	Digest bool `json:"digest,omitempty"`
}

// id identifies a delivery. The same event has the same ids when it is announced again.
func (d Delivery) id() string {
	parts := []string{d.Alert.VIN, d.Alert.ID, string(d.Event), string(d.Alert.Severity), string(d.Channel), d.To}
	if d.Event == Assigned {
		parts = append(parts, d.Alert.DealerID)
	}
	return digest(parts...)
}

// parse decodes a message from the queue.
func parse(body []byte) (Delivery, error) {
	var d Delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return d, errs.As(errs.Invalid, fmt.Errorf("read a delivery: %w", err))
	}
	if d.Channel == "" || d.Event == "" || d.Alert.ID == "" {
		return d, errs.As(errs.Invalid, fmt.Errorf("read a delivery: channel %q, event %q and alert %q must all be there", d.Channel, d.Event, d.Alert.ID))
	}
	return d, nil
}

// plan returns the deliveries of an event.
func plan(e Event, at time.Time) []Delivery {
	var all []Delivery
	add := func(c Channel, to string) {
		all = append(all, Delivery{Event: e.Type, Channel: c, To: to, Alert: e.Alert, At: at.UTC()})
	}
	if e.Type == Assigned {
		add(Topic, dealers)
		return all
	}
	policy, _ := e.Alert.Kind.Policy()
	for _, audience := range audiences(e.Alert) {
		add(Topic, audience)
	}
	if policy.Scope != alert.Driving {
		add(Bus, "")
	}
	if policy.Scope == alert.Platform || policy.Scope == alert.Maker {
		return all
	}
	if policy.InCar && e.Type != Acknowledged {
		add(Car, "")
	}
	if e.Type != Acknowledged {
		add(People, "")
	}
	return all
}
