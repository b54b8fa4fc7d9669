package notification_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/errs"
)

func TestChange(t *testing.T) {
	row := func(s alert.Status, change ...func(*alert.Alert)) *alert.Alert {
		a := &alert.Alert{ID: "1", Status: s, Severity: alert.High, Count: 1}
		for _, c := range change {
			c(a)
		}
		return a
	}
	graver := func(a *alert.Alert) { a.Severity = alert.Critical }
	of := func(dealer string) func(*alert.Alert) { return func(a *alert.Alert) { a.DealerID = dealer } }
	counted := func(a *alert.Alert) { a.Count = 9 }
	for name, tc := range map[string]struct {
		before, after *alert.Alert
		want          notification.EventType
	}{
		"a new alert is raised":                           {nil, row(alert.Open), notification.Raised},
		"a new alert that is over says nothing":           {nil, row(alert.Resolved), ""},
		"a repeat says nothing":                           {row(alert.Open), row(alert.Open, counted), ""},
		"a graver one is raised again":                    {row(alert.Open), row(alert.Open, graver), notification.Raised},
		"an acknowledgement":                              {row(alert.Open), row(alert.Acknowledged), notification.Acknowledged},
		"an end":                                          {row(alert.Acknowledged), row(alert.Resolved), notification.Resolved},
		"what comes back within its cooldown is not told": {row(alert.Resolved), row(alert.Open), ""},
		"nor what was acknowledged and comes back":        {row(alert.Resolved), row(alert.Acknowledged), ""},
		"a late notice after the end says nothing":        {row(alert.Resolved), row(alert.Resolved, counted), ""},
		"what expires says nothing":                       {row(alert.Open), nil, ""},
		"its car's new dealer is told":                    {row(alert.Open), row(alert.Open, of("d2")), notification.Assigned},
		"that it has no dealer any more says nothing":     {row(alert.Open, of("d1")), row(alert.Open), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := notification.Change(tc.before, tc.after)
			assert.Equal(t, tc.want != "", ok)
			if ok {
				assert.Equal(t, notification.Event{Type: tc.want, Alert: *tc.after}, got)
			}
		})
	}
}

func TestAnAlertReachesEverybodyOnce(t *testing.T) {
	w := newWorld(t)
	a := w.anAlert(t)
	for range 3 { // the stream delivers the change several times
		w.announce(t, nil, &a)
	}
	w.run(t, time.Hour)
	assert.ElementsMatch(t, []string{
		"12:00 topic: manufacturer raised HIGH", "12:00 topic: dealer raised HIGH", "12:00 bus: Alert raised", "12:00 car: 000001 OPEN",
		"12:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)",
	}, w.sent)
	assert.Empty(t, w.failures)
	for _, body := range w.bodies {
		for _, personal := range []string{"owner", "u7", a.TripID} {
			assert.NotContains(t, body, personal, "what leaves names nobody")
		}
	}
}

func TestWhoIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*alert.Alert)
		want   []string
	}{
		"a car without a dealer": {nil, []string{
			"12:00 topic: manufacturer raised HIGH", "12:00 bus: Alert raised", "12:00 car: 000001 OPEN",
			"12:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)",
		}},
		"how somebody drives": {func(a *alert.Alert) {
			a.Kind, a.Audience, a.DealerID, a.Severity = alert.Overspeed, "", "", alert.High
		}, []string{"12:00 email: owner@example.com HIGH: Too fast (car ...000001)"}},
		"the platform's own": {func(a *alert.Alert) { a.Kind, a.Audience, a.DealerID = alert.IdentityMismatch, alert.Operator, "" }, []string{
			"12:00 topic: operator raised HIGH", "12:00 bus: Alert raised",
		}},
		"a tow is not shown to who sits in the car": {func(a *alert.Alert) { a.Kind = alert.Tow }, []string{
			"12:00 topic: manufacturer raised HIGH", "12:00 topic: dealer raised HIGH", "12:00 bus: Alert raised",
			"12:00 email: owner@example.com HIGH: Car is being moved (car ...000001)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.change == nil {
				w.lookedAfterBy(t, "")
				tc.change = func(a *alert.Alert) { a.DealerID = "" }
			}
			a := w.anAlert(t, tc.change)
			w.announce(t, nil, &a)
			w.run(t, time.Hour)
			assert.ElementsMatch(t, tc.want, w.sent)
		})
	}
}

func TestAMessageIsForThoseWhoseCarItIsWhenItLeaves(t *testing.T) {
	for name, tc := range map[string]struct{ before, after string }{
		"a new dealer gets it, and not the old one": {"d1", "d2"},
		"without a dealer, none does":               {"d1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.lookedAfterBy(t, tc.before)
			a := w.anAlert(t)
			w.announce(t, nil, &a)
			w.lookedAfterBy(t, tc.after)
			w.run(t, time.Hour)
			dealers := 0
			for n, body := range w.bodies {
				assert.NotContains(t, body, `"dealerId":"`+tc.before+`"`, w.sent[n])
				if strings.Contains(w.sent[n], "topic: dealer") {
					dealers++
					assert.Contains(t, body, `"dealerId":"`+tc.after+`"`)
				}
			}
			assert.Equal(t, tc.after != "", dealers == 1)
		})
	}
}

func TestANewDealerIsToldOnceOfWhatIsOpen(t *testing.T) {
	w := newWorld(t)
	a := w.anAlert(t)
	now := a
	now.DealerID = "d2"
	w.lookedAfterBy(t, "d2")
	for range 2 {
		w.announce(t, &a, &now)
	}
	w.run(t, time.Hour)
	assert.Equal(t, []string{"12:00 topic: dealer assigned HIGH"}, w.sent)
	assert.Contains(t, w.bodies[0], `"dealerId":"d2"`)
}

func TestOneChannelsFailureHoldsUpNoOther(t *testing.T) {
	for name, tc := range map[string]struct {
		failing  string
		fault    errs.Category
		others   int
		attempts int
	}{
		"e-mail that is refused for good is kept at once": {"email", errs.Denied, 4, 1},
		"e-mail that keeps failing is kept in the end":    {"email", errs.Unavailable, 4, 8},
		"a topic that keeps failing":                      {"topic", errs.Throttled, 3, 8},
		"a bus that is not there":                         {"bus", errs.NotFound, 4, 1},
		"a car that cannot be published to":               {"car", errs.Unavailable, 4, 8},
		"people who cannot be looked up":                  {"persons", errs.Unavailable, 4, 8},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tries := 0
			w.fail = func(channel string) error {
				if channel != tc.failing {
					return nil
				}
				tries++
				return errs.As(tc.fault, errors.New("it says no"))
			}
			a := w.anAlert(t)
			w.announce(t, nil, &a)
			w.run(t, 2*time.Hour)
			assert.Len(t, w.sent, tc.others)
			require.NotEmpty(t, w.failures)
			assert.Equal(t, tc.attempts*len(w.failures), tries)
			for _, e := range w.failures {
				assert.Equal(t, tc.fault.String(), e.Reason)
				assert.Contains(t, e.Detail, "it says no")
				assert.Equal(t, tc.attempts, e.Tries)
				assert.Equal(t, a.ID, e.AlertID)
			}

			w.fail = nil // the fault is repaired, and the deliveries are put into the queue again
			for _, e := range w.failures {
				_, err := w.Send(t.Context(), []notification.Queued{{Body: e.Payload}})
				require.NoError(t, err)
			}
			w.run(t, time.Hour)
			assert.Len(t, w.sent, 5)
		})
	}
}

func TestAnOutageIsSatOut(t *testing.T) {
	w := newWorld(t)
	until := noon.Add(10 * time.Minute)
	w.fail = func(string) error {
		if w.now.Before(until) {
			return errs.As(errs.Unavailable, errors.New("away"))
		}
		return nil
	}
	a := w.anAlert(t)
	w.announce(t, nil, &a)
	w.run(t, time.Hour)
	assert.Len(t, w.sent, 5)
	assert.Empty(t, w.failures)
}

func TestWhatNobodyCanReadIsKept(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{"garbage", "{}", `{"channel":"pigeon","event":"raised","alert":{"ID":"x"}}`} {
		result, err := w.courier.Deliver(t.Context(), []byte(body))
		require.NoError(t, err)
		assert.Equal(t, notification.Failed, result.Outcome)
	}
	assert.Len(t, w.failures, 3)
	assert.Equal(t, "garbage", string(w.failures[0].Payload))
}

func TestPreferencesDecide(t *testing.T) {
	number := preference.Phone{Number: "+4915112345678", VerifiedAt: noon, OptedInAt: noon}
	const mail = "12:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)"
	const sms = "12:00 sms: +4915112345678 HIGH: Tyre pressure low, car ...000001. Front right at 150 kPa."
	for name, tc := range map[string]struct {
		wants func(*preference.Preferences)
		phone preference.Phone
		want  []string
	}{
		"by default e-mail from HIGH on":         {func(*preference.Preferences) {}, number, []string{mail}},
		"only what is grave enough":              {func(p *preference.Preferences) { p.Email.Minimum = alert.Critical }, number, nil},
		"no e-mail":                              {func(p *preference.Preferences) { p.Email.On = false }, number, nil},
		"both":                                   {func(p *preference.Preferences) { p.SMS.On = true }, number, []string{mail, sms}},
		"no text to a number that is not proved": {func(p *preference.Preferences) { p.SMS.On = true }, preference.Phone{Number: number.Number, OptedInAt: noon}, []string{mail}},
		"no text to who has not agreed":          {func(p *preference.Preferences) { p.SMS.On = true }, preference.Phone{Number: number.Number, VerifiedAt: noon}, []string{mail}},
		"no text to nowhere":                     {func(p *preference.Preferences) { p.SMS.On = true }, preference.Phone{}, []string{mail}},
		"nothing of a kind that is not wanted":   {func(p *preference.Preferences) { p.Kinds[alert.TyrePressureLow] = preference.Choice{} }, number, nil},
		"a kind that is wanted whatever it weighs": {func(p *preference.Preferences) {
			p.Email.Minimum, p.SMS = alert.Critical, preference.Rule{On: true, Minimum: alert.Critical}
			p.Kinds[alert.TyrePressureLow] = preference.Choice{SMS: true}
		}, number, []string{sms}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wants(t, "owner", tc.wants)
			w.phone(t, "owner", tc.phone)
			a := w.anAlert(t)
			w.announce(t, nil, &a)
			w.run(t, time.Hour)
			assert.ElementsMatch(t, tc.want, w.personal())
		})
	}
}

// personal returns the messages that were sent to people.
func (w *world) personal() []string {
	var out []string
	for _, s := range w.sent {
		if strings.Contains(s, " email: ") || strings.Contains(s, " sms: ") {
			out = append(out, s)
		}
	}
	return out
}

// night sets quiet hours from 13:30 to 07:00 in Berlin, which is 12:30 to 06:00 UTC in November.
func night(p *preference.Preferences) {
	p.Quiet = &preference.Quiet{From: 13*60 + 30, To: 7 * 60, Zone: "Europe/Berlin"}
}

func TestQuietHours(t *testing.T) {
	for name, tc := range map[string]struct {
		at      time.Duration // time of the alert, after noon
		change  func(*alert.Alert)
		later   func(t *testing.T, w *world, a alert.Alert)
		want    []string
		contain string
	}{
		"before them a message comes at once": {0, nil, nil, []string{"12:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)"}, ""},
		"in them it comes when they end":      {time.Hour, nil, nil, []string{"06:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)"}, ""},
		"a critical one comes at once": {time.Hour, func(a *alert.Alert) { a.Severity = alert.Critical }, nil,
			[]string{"13:00 email: owner@example.com CRITICAL: Tyre pressure low (car ...000001)"}, ""},
		"what ended meanwhile says so": {time.Hour, nil, func(t *testing.T, w *world, a alert.Alert) {
			a.Status, a.ResolvedAt = alert.Resolved, noon.Add(2*time.Hour)
			w.keep(t, a)
		}, []string{"06:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)"}, "It has ended since, at 14:00 UTC."},
		"who sold the car meanwhile gets nothing": {time.Hour, nil, func(_ *testing.T, w *world, _ alert.Alert) { w.persons[car] = []string{"other"} }, nil, ""},
		"who turned it off meanwhile gets nothing": {time.Hour, nil, func(t *testing.T, w *world, _ alert.Alert) {
			w.wants(t, "owner", func(p *preference.Preferences) { p.Email.On = false })
		}, nil, ""},
		"who ends the quiet hours meanwhile gets it when they would have ended": {time.Hour, nil, func(t *testing.T, w *world, _ alert.Alert) {
			w.wants(t, "owner", func(p *preference.Preferences) { p.Quiet = nil })
		}, []string{"06:00 email: owner@example.com HIGH: Tyre pressure low (car ...000001)"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wants(t, "owner", night)
			w.now = noon.Add(tc.at)
			a := w.anAlert(t, func(a *alert.Alert) {
				if tc.change != nil {
					tc.change(a)
				}
			})
			w.announce(t, nil, &a)
			w.run(t, 30*time.Minute)
			if tc.later != nil {
				tc.later(t, w, a)
			}
			w.run(t, 48*time.Hour)
			assert.Equal(t, tc.want, w.personal())
			assert.Empty(t, w.failures)
			if tc.contain != "" {
				assert.Contains(t, w.bodies[len(w.bodies)-1], tc.contain)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	w.wants(t, "owner", func(p *preference.Preferences) { p.Limit = preference.Limit{PerHour: 2, PerDay: 3} })
	raise := func(key string, severity alert.Severity) {
		a := w.anAlert(t, func(a *alert.Alert) { a.DedupKey, a.ID, a.Severity = key, alert.ID(noon, key), severity })
		w.announce(t, nil, &a)
	}
	for _, key := range []string{"a", "b", "c", "d"} {
		raise(key, alert.High)
	}
	raise("e", alert.Critical)
	w.run(t, 48*time.Hour)
	hours := map[string]int{}
	for _, s := range w.personal() {
		hours[s[:5]]++
	}
	assert.Equal(t, map[string]int{"12:00": 3, "13:00": 1, "00:00": 1}, hours, "two and the critical one; one an hour later; the last a day later")
	assert.Empty(t, w.failures)
}

func TestTheEndIsToldToWhoWantsIt(t *testing.T) {
	for name, tc := range map[string]struct {
		too  bool
		want int
	}{"by default people are not told": {false, 0}, "who wants it is told": {true, 1}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wants(t, "owner", func(p *preference.Preferences) { p.ResolvedToo = tc.too })
			open := w.anAlert(t)
			over := open
			over.Status, over.ResolvedAt = alert.Resolved, noon.Add(time.Minute)
			w.announce(t, &open, &over)
			w.run(t, time.Hour)
			assert.Len(t, w.personal(), tc.want)
			assert.Contains(t, w.sent, "12:00 topic: manufacturer resolved HIGH")
			assert.Contains(t, w.sent, "12:00 bus: Alert resolved")
			assert.Contains(t, w.sent, "12:00 car: 000001 RESOLVED")
		})
	}
}

func TestAcknowledgementsGoToTopicsAndTheBusOnly(t *testing.T) {
	w := newWorld(t)
	open := w.anAlert(t)
	acknowledged := open
	acknowledged.Status = alert.Acknowledged
	w.announce(t, &open, &acknowledged)
	w.run(t, time.Hour)
	assert.ElementsMatch(t, []string{
		"12:00 topic: manufacturer acknowledged HIGH", "12:00 topic: dealer acknowledged HIGH", "12:00 bus: Alert acknowledged",
	}, w.sent)
}

func TestAGraverAlertIsToldAgain(t *testing.T) {
	w := newWorld(t)
	high := w.anAlert(t)
	critical := high
	critical.Severity = alert.Critical
	w.announce(t, nil, &high)
	w.announce(t, &high, &critical)
	w.announce(t, &high, &critical)
	w.run(t, time.Hour)
	assert.Len(t, w.personal(), 2)
}

// A late notice moves an alert's beginning and so its id: nobody is notified again. If it splits one alert in two, people are notified.
func TestWhatALateNoticeMovesIsNotToldAgain(t *testing.T) {
	w := newWorld(t)
	first := w.anAlert(t)
	w.announce(t, nil, &first)
	w.run(t, time.Hour)
	told := len(w.sent)

	moved := first
	moved.FirstAt = noon.Add(-time.Minute)
	moved.ID = alert.ID(moved.FirstAt, moved.DedupKey)
	w.announce(t, nil, &moved)
	w.announce(t, nil, &moved)
	w.run(t, time.Hour)
	assert.Len(t, w.sent, told)

	next := first
	next.FirstAt = noon.Add(time.Hour)
	next.LastAt, next.ID = next.FirstAt, alert.ID(next.FirstAt, next.DedupKey)
	w.announce(t, nil, &next)
	w.run(t, time.Hour)
	assert.Len(t, w.sent, 2*told)
}

func TestTwoWhoSendAtOnceSendOnce(t *testing.T) {
	w := newWorld(t)
	a := w.anAlert(t)
	w.announce(t, nil, &a)
	bodies := make([][]byte, 0, len(w.waiting))
	for _, m := range w.waiting {
		bodies = append(bodies, m.body)
	}
	w.fail = func(channel string) error {
		if channel != "topic" || w.busy {
			return nil
		}
		w.busy = true // while this worker is sending, the queue gives the delivery to another one
		for _, body := range bodies {
			result, err := w.courier.Deliver(t.Context(), body)
			require.NoError(t, err)
			w.outcomes[result.Outcome]++
		}
		return nil
	}
	w.run(t, time.Hour)
	assert.Len(t, w.sent, 5)
}

func TestNotificationsAreComplete(t *testing.T) {
	w := newWorld(t)
	value, threshold := 150.0, 184.0
	a := w.anAlert(t, func(a *alert.Alert) { a.Value, a.Threshold, a.Unit = &value, &threshold, "kPa" })
	w.announce(t, nil, &a)
	w.run(t, time.Hour)
	for n, s := range w.sent {
		if !strings.Contains(s, "bus") {
			continue
		}
		var got notification.Notification
		require.NoError(t, json.Unmarshal([]byte(w.bodies[n]), &got))
		assert.Equal(t, notification.Notification{
			Schema: "notification/1", Event: "raised", AlertID: a.ID, VIN: car, Kind: alert.TyrePressureLow, Title: "Tyre pressure low",
			Severity: "HIGH", Status: "OPEN", FirstAt: noon, LastAt: noon, Count: 1, Value: &value, Threshold: &threshold, Unit: "kPa",
			Detail: "Front right at 150 kPa.", ManufacturerID: "acme", DealerID: "d1",
		}, got)
		return
	}
	t.Fatal("nothing on the bus")
}
