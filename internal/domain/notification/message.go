package notification

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Notification is the JSON message about an alert on topics and the event bus. It names the car, so that an integration can
// act on it, but no person: no owner, user, trip or position.
type Notification struct {
	Schema         string     `json:"schema"` // notification/1
	Event          EventType  `json:"event"`
	AlertID        string     `json:"alertId"`
	VIN            string     `json:"vin"`
	Kind           alert.Kind `json:"kind"`
	Title          string     `json:"title"`
	Severity       string     `json:"severity"`
	Status         string     `json:"status"`
	FirstAt        time.Time  `json:"firstAt"`
	LastAt         time.Time  `json:"lastAt"`
	Count          int        `json:"count"`
	Value          *float64   `json:"value,omitempty"`
	Threshold      *float64   `json:"threshold,omitempty"`
	Unit           string     `json:"unit,omitempty"`
	Detail         string     `json:"detail,omitempty"`
	ManufacturerID string     `json:"manufacturerId,omitempty"`
	DealerID       string     `json:"dealerId,omitempty"`
}

func notification(d Delivery) ([]byte, error) {
	a := d.Alert
	b, err := json.Marshal(Notification{
		Schema: "notification/1", Event: d.Event, AlertID: a.ID, VIN: a.VIN, Kind: a.Kind, Title: title(a),
		Severity: string(a.Severity), Status: string(a.Status), FirstAt: a.FirstAt, LastAt: a.LastAt, Count: a.Count,
		Value: a.Value, Threshold: a.Threshold, Unit: a.Unit, Detail: a.Detail,
		ManufacturerID: manufacturer(a), DealerID: a.DealerID,
	})
	if err != nil {
		return nil, fmt.Errorf("write a notification: %w", err)
	}
	return b, nil
}

// attributes returns the message attributes for the filter policies of subscribers.
func attributes(d Delivery) map[string]string {
	all := map[string]string{
		names.AlertAttributeEvent: string(d.Event), names.AlertAttributeSeverity: string(d.Alert.Severity),
		names.AlertAttributeKind: string(d.Alert.Kind), names.AlertAttributeStatus: string(d.Alert.Status),
	}
	if m := manufacturer(d.Alert); m != "" {
		all[names.AlertAttributeManufacturer] = m
	}
	if d.Alert.DealerID != "" {
		all[names.AlertAttributeDealer] = d.Alert.DealerID
	}
	return all
}

// detailType returns the detail type of an event on the bus.
func detailType(e EventType) string { return "Alert " + string(e) }

// carAlert is the message to the car; see schema/alert-1.json.
type carAlert struct {
	Schema   string     `json:"schema"` // alert/1
	ID       string     `json:"id"`
	TS       time.Time  `json:"ts"`
	Kind     alert.Kind `json:"kind"`
	Severity string     `json:"severity"`
	Status   string     `json:"status"`
	Title    string     `json:"title"`
	Text     string     `json:"text,omitempty"`
}

func carMessage(d Delivery) ([]byte, error) {
	b, err := json.Marshal(carAlert{
		Schema: "alert/1", ID: d.Alert.ID, TS: d.At.UTC().Truncate(time.Millisecond), Kind: d.Alert.Kind,
		Severity: string(d.Alert.Severity), Status: string(d.Alert.Status), Title: title(d.Alert), Text: d.Alert.Detail,
	})
	if err != nil {
		return nil, fmt.Errorf("write a message for the car: %w", err)
	}
	return b, nil
}

func title(a alert.Alert) string {
	policy, _ := a.Kind.Policy()
	return policy.Title
}

// car names a car to its user, without the whole VIN.
func car(a alert.Alert) string {
	if len(a.VIN) != vin.Length {
		return a.VIN
	}
	return "car ..." + a.VIN[vin.Length-6:]
}

// letter returns the subject and text of an e-mail.
func letter(d Delivery, now alert.Alert) (subject, text string) {
	if d.Digest {
		return fmt.Sprintf("%s: more alerts (%s)", d.Alert.Severity, car(d.Alert)), digestText(d) + "\n"
	}
	subject = fmt.Sprintf("%s: %s (%s)", d.Alert.Severity, headline(d), car(d.Alert))
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s.\n\n", headline(d), car(d.Alert))
	if d.Alert.Detail != "" {
		fmt.Fprintf(&b, "%s\n\n", d.Alert.Detail)
	}
	if d.Alert.Kind == alert.Diagnostics {
		b.WriteString("The car may have reported more faults with it. Its list of faults has all of them.\n\n")
	}
	fmt.Fprintf(&b, "Severity: %s\nFirst noticed: %s\n", d.Alert.Severity, d.Alert.FirstAt.UTC().Format("2 January 2006, 15:04 UTC"))
	if since := sequel(d, now); since != "" {
		fmt.Fprintf(&b, "\n%s\n", since)
	}
	b.WriteString("\nHow you are told of your car's alerts is yours to choose in your preferences.\n")
	return subject, b.String()
}

// short returns a text message, usually one part of 160 characters.
func short(d Delivery, now alert.Alert) string {
	if d.Digest {
		return digestText(d)
	}
	parts := []string{fmt.Sprintf("%s: %s, %s.", d.Alert.Severity, headline(d), car(d.Alert))}
	if since := sequel(d, now); since != "" {
		parts = append(parts, since)
	}
	const limit = 160
	text := strings.Join(parts, " ")
	if detail := d.Alert.Detail; detail != "" && len(text)+1+len(detail) <= limit {
		text += " " + detail
	}
	return text
}

// digestText returns the text of the digest, which replaces the critical alerts beyond a car's limit.
func digestText(d Delivery) string {
	return fmt.Sprintf("%s: %s raised more critical alerts than are sent one by one. Its list of alerts has all of them.", d.Alert.Severity, car(d.Alert))
}

// headline summarizes the alert in a few words.
func headline(d Delivery) string {
	if d.Event == Resolved {
		return title(d.Alert) + " is over"
	}
	return title(d.Alert)
}

// sequel describes how the alert ended while the message was waiting; empty if it did not end.
func sequel(d Delivery, now alert.Alert) string {
	if d.Event == Resolved || now.Status != alert.Resolved {
		return ""
	}
	return "It has ended since, at " + now.ResolvedAt.UTC().Format("15:04 UTC") + "."
}
