package notification_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/notification/preference"
)

// flood raises n alerts of a car at once, each with its own dedup key.
func (w *world) flood(t *testing.T, n int, change func(n int, a *alert.Alert)) {
	t.Helper()
	for i := range n {
		a := w.anAlert(t, func(a *alert.Alert) {
			a.DedupKey, a.Severity = fmt.Sprintf("engine_overheat/%d", i), alert.Critical
			a.Kind, a.ID = alert.EngineOverheat, alert.ID(noon, a.DedupKey)
			change(i, a)
		})
		w.announce(t, nil, &a)
	}
}

// limitedOwner returns a world whose owner wants e-mail and SMS, one message a day.
func limitedOwner(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.phone(t, "owner", preference.Phone{Number: "+4915112345678", VerifiedAt: noon, OptedInAt: noon})
	w.wants(t, "owner", func(p *preference.Preferences) {
		p.SMS = preference.Rule{On: true, Minimum: alert.High}
		p.Limit = preference.Limit{PerHour: 1, PerDay: 1}
	})
	return w
}

// told counts the messages to people on a channel that contain some words.
func (w *world) told(channel, words string) (n int) {
	for _, s := range w.personal() {
		if strings.Contains(s, channel+":") && strings.Contains(s, words) {
			n++
		}
	}
	return n
}

func TestAFloodOfCriticalAlertsIsAFewMessagesAndADigest(t *testing.T) {
	w := limitedOwner(t)
	w.flood(t, 256, func(int, *alert.Alert) {})
	w.run(t, 48*time.Hour)
	for _, channel := range []string{"email", "sms"} {
		assert.Equal(t, notification.CriticalPerHour, w.told(channel, "Engine too hot"), channel)
		assert.Equal(t, 1, w.told(channel, "more"), channel)
	}
	assert.Equal(t, 256-notification.AlertsPerHour, w.floods)
	assert.Empty(t, w.failures)
}

func TestAFloodOfAWholeDayStaysWithinTheDaysLimit(t *testing.T) {
	w := limitedOwner(t)
	w.now = noon.Add(-12 * time.Hour)
	for hour := range 23 {
		at := noon.Add(time.Duration(hour-12) * time.Hour)
		w.now = at
		w.flood(t, 30, func(n int, a *alert.Alert) {
			a.DedupKey = fmt.Sprintf("engine_overheat/%d/%d", hour, n)
			a.FirstAt, a.LastAt, a.ID = at, at, alert.ID(at, a.DedupKey)
		})
		w.run(t, 59*time.Minute)
	}
	w.run(t, 48*time.Hour)
	assert.LessOrEqual(t, w.told("sms", ""), notification.CriticalPerDay+1, "the day's limit, and one digest on the next")
}

func TestACrashIsToldBesideAFlood(t *testing.T) {
	for name, tc := range map[string]struct {
		kind     alert.Kind
		severity alert.Severity
		want     string
	}{"a crash": {alert.Crash, alert.Critical, "Crash"}, "a tow": {alert.Tow, alert.High, "Car is being moved"}} {
		t.Run(name, func(t *testing.T) {
			w := limitedOwner(t)
			w.flood(t, 5, func(_ int, a *alert.Alert) {
				a.DedupKey += "/high"
				a.ID, a.Severity = alert.ID(noon, a.DedupKey), alert.High
			})
			w.flood(t, 256, func(n int, a *alert.Alert) {
				if n == 255 {
					a.Kind, a.DedupKey, a.ID, a.Severity = tc.kind, string(tc.kind), alert.ID(noon, string(tc.kind)), tc.severity
				}
			})
			w.run(t, time.Minute)
			assert.Equal(t, 1, w.told("sms", tc.want))
			assert.Equal(t, 1, w.told("email", tc.want))
		})
	}
}

func TestFaultsOfOneMessageAreOneNotice(t *testing.T) {
	w := limitedOwner(t)
	w.flood(t, 12, func(n int, a *alert.Alert) {
		a.Kind, a.DedupKey = alert.Diagnostics, fmt.Sprintf("diagnostics/P0%d/ECM", 300+n)
		a.ID = alert.ID(noon, a.DedupKey)
	})
	w.run(t, 48*time.Hour)
	assert.Equal(t, 1, w.told("email", ""))
	assert.Equal(t, 1, w.told("sms", ""))
	assert.Contains(t, strings.Join(w.bodies, ""), "more faults")
}
