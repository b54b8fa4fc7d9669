package notification_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/testing/memory"
)

const car = "WVWZZZ1JZXW000001"

// noon is 13:00 in Berlin.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world has the dependencies of the deliveries, with a clock that jumps to the time of the next due message.
type world struct {
	now      time.Time
	waiting  []waiting
	sent     []string // sent messages, in order, with the time
	bodies   []string
	failures []notification.Envelope
	outcomes map[notification.Outcome]int
	fail     func(channel string) error // error of a send; nil: nothing fails
	busy     bool
	floods   int

	persons     map[string][]string
	emails      map[string]string
	store       memory.Alerts
	vehicles    memory.Vehicles
	preferences memory.Preferences
	ledger      memory.Deliveries
	courier     *notification.Dispatcher
	announcer   *notification.Announcer
}

type waiting struct {
	body []byte
	due  time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		now: noon, outcomes: map[notification.Outcome]int{}, persons: map[string][]string{car: {"owner"}},
		emails: map[string]string{"owner": "owner@example.com", "guest": "guest@example.com"},
	}
	w.lookedAfterBy(t, "d1")
	now := func() time.Time { return w.now }
	w.announcer = &notification.Announcer{Queue: w, Notes: &w.ledger, Now: now, Flood: func(alert.Alert) { w.floods++ }}
	w.courier = &notification.Dispatcher{
		Queue: w, Failures: w, Ledger: &w.ledger, Notes: &w.ledger, Alerts: &w.store, Vehicles: &w.vehicles, Persons: w, Preferences: &w.preferences,
		Addresses: w, Topics: w, Bus: w, Cars: w, Mailer: w, Texter: w, Now: now,
	}
	return w
}

// lookedAfterBy assigns the car to a dealer.
func (w *world) lookedAfterBy(t *testing.T, dealer string) {
	t.Helper()
	require.NoError(t, w.vehicles.PutVehicle(t.Context(), vehicle.Vehicle{VIN: car, Manufacturer: "acme", DealerID: dealer}))
}

func (w *world) Send(_ context.Context, messages []notification.Queued) ([]int, error) {
	for _, m := range messages {
		if m.Delay < 0 || m.Delay > notification.MaxDelay {
			return []int{0}, fmt.Errorf("delay %s", m.Delay)
		}
		w.waiting = append(w.waiting, waiting{m.Body, w.now.Add(m.Delay)})
	}
	return nil, nil
}

func (w *world) Keep(_ context.Context, e notification.Envelope) error {
	w.failures = append(w.failures, e)
	return nil
}

func (w *world) Persons(_ context.Context, vin string, _ time.Time) ([]string, error) {
	return w.persons[vin], w.failing("persons")
}

func (w *world) Email(_ context.Context, user string) (string, error) { return w.emails[user], nil }

func (w *world) Publish(_ context.Context, audience string, message []byte, attributes map[string]string) error {
	return w.leave("topic", fmt.Sprintf("%s %s %v", audience, attributes["event"], attributes["severity"]), string(message))
}

func (w *world) Put(_ context.Context, detailType string, detail []byte, _ time.Time) error {
	return w.leave("bus", detailType, string(detail))
}

func (w *world) PublishAlert(_ context.Context, vin string, message []byte) error {
	var m struct{ Status string }
	if err := json.Unmarshal(message, &m); err != nil {
		return err
	}
	return w.leave("car", vin[11:]+" "+m.Status, string(message))
}

func (w *world) Mail(_ context.Context, to, subject, text string) error {
	return w.leave("email", to+" "+subject, text)
}

func (w *world) Text(_ context.Context, number, message string) error {
	return w.leave("sms", number+" "+message, message)
}

func (w *world) failing(channel string) error {
	if w.fail == nil {
		return nil
	}
	return w.fail(channel)
}

func (w *world) leave(channel, what, body string) error {
	if err := w.failing(channel); err != nil {
		return err
	}
	w.sent = append(w.sent, w.now.Format("15:04 ")+channel+": "+what)
	w.bodies = append(w.bodies, body)
	return nil
}

// run advances the clock until the queue is empty, by at most that duration.
func (w *world) run(t *testing.T, most time.Duration) {
	t.Helper()
	for end := w.now.Add(most); len(w.waiting) > 0; {
		next := 0
		for n := range w.waiting {
			if w.waiting[n].due.Before(w.waiting[next].due) {
				next = n
			}
		}
		m := w.waiting[next]
		if m.due.After(end) {
			w.now = end
			return
		}
		w.waiting = slices.Delete(w.waiting, next, next+1)
		if m.due.After(w.now) {
			w.now = m.due
		}
		result, err := w.courier.Deliver(t.Context(), m.body)
		if err != nil { // the queue delivers it again
			w.waiting = append(w.waiting, waiting{m.body, w.now.Add(time.Minute)})
			continue
		}
		w.outcomes[result.Outcome]++
	}
}

// anAlert stores and returns an open alert of the car.
func (w *world) anAlert(t *testing.T, change ...func(*alert.Alert)) alert.Alert {
	t.Helper()
	a := alert.Alert{
		ID: alert.ID(noon, "tyre_pressure_low"), VIN: car, Kind: alert.TyrePressureLow, Severity: alert.High, Status: alert.Open,
		Audience: "manufacturer#acme", DealerID: "d1", FirstAt: noon, LastAt: noon, Count: 1, DedupKey: "tyre_pressure_low",
		Detail: "Front right at 150 kPa.", TripID: "01M844E02R9EHRG1XJJQQ8D7KV", AcknowledgedBy: "u7",
	}
	for _, c := range change {
		c(&a)
	}
	w.keep(t, a)
	return a
}

func (w *world) keep(t *testing.T, a alert.Alert) {
	t.Helper()
	thread, err := w.store.Thread(t.Context(), a.VIN, a.DedupKey)
	require.NoError(t, err)
	require.NoError(t, w.store.Commit(t.Context(), thread, []alert.Alert{a}, nil))
}

func (w *world) announce(t *testing.T, before, after *alert.Alert) {
	t.Helper()
	_, err := w.announcer.Announce(t.Context(), before, after)
	require.NoError(t, err)
}

func (w *world) wants(t *testing.T, user string, change func(*preference.Preferences)) {
	t.Helper()
	p, err := w.preferences.Preferences(t.Context(), user)
	require.NoError(t, err)
	change(&p)
	require.NoError(t, p.Validate())
	_, err = w.preferences.PutPreferences(t.Context(), p)
	require.NoError(t, err)
}

func (w *world) phone(t *testing.T, user string, p preference.Phone) {
	t.Helper()
	require.NoError(t, w.preferences.PutPhone(t.Context(), user, p))
}
