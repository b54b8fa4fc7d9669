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

// Outcome is the result of a message.
type Outcome string

// The outcomes.
const (
	Raised  Outcome = "raised"   // it made an alert
	Noted   Outcome = "noted"    // it is part of one, or of one to be
	TooLate Outcome = "too_late" // it says how somebody drove a while ago: no reason to tell anybody
)

// Alarm raises what a message gives reason for. Doing so twice, and in any order, is harmless.
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

// Notice is the alert notice of a message. The moments of harsh driving of one trip are one alert.
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
	n.Severity = policy.Severity // never the car's word: it decides whose quiet hours and limits are passed
	return n
}

// units are those of an event's value that people are told. Others are free text of a car.
var units = map[string]bool{"m/s^2": true, "m/s": true, "g": true, "km/h": true, "degrees": true, "percent": true}

// HarshDrivingKey is the dedup key of harsh driving in that trip, by which the trip's end resolves the alert; without a trip, of
// that day in UTC.
func HarshDrivingKey(tripID string, at time.Time) string {
	if tripID == "" {
		tripID = at.UTC().Format(time.DateOnly)
	}
	return string(alert.HarshDriving) + "/" + tripID
}

// detail is a sentence for people.
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
