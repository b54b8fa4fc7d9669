package event

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
)

// Alerts raises alerts.
type Alerts interface {
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
}

// Outcome is the result of processing a message.
type Outcome string

// The outcomes.
const (
	Raised  Outcome = "raised"   // the message created an alert
	Noted   Outcome = "noted"    // the message is part of an existing alert, or counts towards AtLeast
	TooLate Outcome = "too_late" // the message is about driving too long ago to notify anybody
)

// Alarm raises the alert of a message. It may be repeated, and messages may come in any order.
func Alarm(ctx context.Context, b Alerts, r Received) (Outcome, error) {
	if !r.Kind.Urgent() && r.IngestedAt.Sub(r.At()) > MaxDelay {
		return TooLate, nil
	}
	_, created, err := b.Raise(ctx, Notice(r))
	if err != nil {
		return "", fmt.Errorf("alarm of %s of %s: %w", r.Kind, r.VIN.Redacted(), err)
	}
	if created {
		return Raised, nil
	}
	return Noted, nil
}

// Notice returns the alert notice of a message. All harsh driving of one trip is one alert.
func Notice(r Received) alert.Notice {
	n := alert.Notice{
		VIN: string(r.VIN), Kind: alert.Kind(r.Kind), At: r.At(), Value: r.Value, Unit: r.Unit, TripID: r.TripID, Detail: r.detail(),
	}
	if !r.Kind.Urgent() {
		n.Kind, n.DedupKey = alert.HarshDriving, HarshDrivingKey(r.TripID, n.At)
	}
	if !units[n.Unit] {
		n.Unit = ""
	}
	policy, _ := n.Kind.Policy()
	n.Severity = policy.Severity // never the car's own severity: severity decides whether a notification passes quiet hours and limits
	return n
}

// units are the units that may appear in notifications. Other texts from a car are dropped.
var units = map[string]bool{"m/s^2": true, "m/s": true, "g": true, "km/h": true, "degrees": true, "percent": true}

// HarshDrivingKey returns the dedup key of harsh driving in a trip, with which the end of the trip resolves the alert. Without a trip,
// the key is that of the day in UTC.
func HarshDrivingKey(tripID string, at time.Time) string {
	if tripID == "" {
		tripID = at.UTC().Format(time.DateOnly)
	}
	return string(alert.HarshDriving) + "/" + tripID
}

// detail returns a sentence for people.
func (r Received) detail() string {
	sentence := map[Kind]string{
		Crash: "The car reports a crash", Tow: "The car is moving and nobody drives it", HarshBraking: "Harsh braking",
		HarshAcceleration: "Harsh acceleration", HarshCornering: "A curve taken harshly",
	}[r.Kind]
	if r.Value == nil {
		return sentence + "."
	}
	if !units[r.Unit] {
		return fmt.Sprintf("%s: %g.", sentence, *r.Value)
	}
	return fmt.Sprintf("%s: %g %s.", sentence, *r.Value, r.Unit)
}
