package notification

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
)

// Announcer creates the deliveries for changes of alerts. All fields are required.
type Announcer struct {
	Queue Queue
	Notes Notes
	Now   func() time.Time
	// Flood is called for each new alert that is not announced because its car has exceeded AlertsPerHour.
	Flood func(a alert.Alert)
}

// AlertsPerHour is the number of new alerts of one car that are announced in an hour, by the platform's clock and not the car's. Crash
// and tow are always announced: each has one alert at a time. The lists contain the alerts beyond the limit too.
const AlertsPerHour = 20

// Announce puts the deliveries for a change of an alert's record into the queue, and returns their number. Repeating it is harmless:
// see Ledger.
func (a *Announcer) Announce(ctx context.Context, before, after *alert.Alert) (int, error) {
	event, ok := Change(before, after)
	if !ok {
		return 0, nil
	}
	if before == nil {
		known, err := a.known(ctx, event.Alert)
		if err != nil || known {
			return 0, err
		}
		within, err := a.admit(ctx, event.Alert)
		if err != nil || !within {
			return 0, err
		}
	}
	deliveries := plan(event, a.Now())
	messages := make([]Queued, len(deliveries))
	for n, d := range deliveries {
		body, err := json.Marshal(d)
		if err != nil {
			return 0, fmt.Errorf("write a delivery: %w", err)
		}
		messages[n] = Queued{Body: body}
	}
	if _, err := a.Queue.Send(ctx, messages); err != nil {
		return 0, fmt.Errorf("announce alert %s: %w", event.Alert.ID, err)
	}
	return len(messages), nil
}

// admit counts a new alert against its car's limit, and reports whether the alert is within the limit.
func (a *Announcer) admit(ctx context.Context, now alert.Alert) (bool, error) {
	policy, _ := now.Kind.Policy()
	if now.Kind.Urgent() || policy.Scope != alert.Car {
		return true, nil
	}
	hour := a.Now().UTC().Truncate(time.Hour)
	within, err := a.Notes.Count(ctx, digest("alerts", now.VIN, hour.Format(time.RFC3339)), AlertsPerHour, hour.Add(time.Hour))
	if err != nil {
		return false, fmt.Errorf("count the alerts of a car: %w", err)
	}
	if !within {
		a.Flood(now)
	}
	return within, nil
}

// known reports whether people have been notified of a new record already: a late notice moved the alert's beginning, which
// changes its id. Otherwise it records the alert as notified.
func (a *Announcer) known(ctx context.Context, now alert.Alert) (bool, error) {
	thread := digest(now.VIN, now.DedupKey)
	told, err := a.Notes.LastNotified(ctx, thread)
	if err != nil {
		return false, fmt.Errorf("look up what was told of alert %s: %w", now.ID, err)
	}
	if !told.IsZero() && now.FirstAt.Before(told) && !told.After(now.LastAt) {
		return true, nil
	}
	if told.Equal(now.FirstAt) {
		return false, nil
	}
	if err := a.Notes.SetNotified(ctx, thread, now.FirstAt, a.Now()); err != nil {
		return false, fmt.Errorf("note that alert %s is told: %w", now.ID, err)
	}
	return false, nil
}

// The audiences that have a topic of their own.
const (
	manufacturers = "manufacturer"
	dealers       = "dealer"
	operators     = "operator"
)

// audiences returns the audiences whose topics get an alert.
func audiences(a alert.Alert) []string {
	var all []string
	if manufacturer(a) != "" {
		all = append(all, manufacturers)
	}
	if a.DealerID != "" {
		all = append(all, dealers)
	}
	if a.Audience == alert.Operator {
		all = append(all, operators)
	}
	return all
}

// manufacturer returns the manufacturerId of an alert's audience; empty for another audience.
func manufacturer(a alert.Alert) string {
	id, ok := strings.CutPrefix(a.Audience, alert.ManufacturerAudience(""))
	if !ok {
		return ""
	}
	return id
}
