package alert

import (
	"math"
	"slices"
	"time"
)

// Alerts returns the thread's alerts, the oldest first. A notice begins a new alert unless one is open or was resolved within
// the cooldown (Policy.Cooldown). At most the last alert is unresolved.
func (t *Thread) Alerts() []Alert {
	all := t.fold(math.MaxInt64)
	if n := len(all) - 1; n >= 0 && t.Told != nil && all[n].Status != Resolved {
		all[n].Audience, all[n].DealerID = t.Told.Audience, t.Told.DealerID
	}
	return slices.DeleteFunc(all, func(a Alert) bool {
		policy, _ := a.Kind.Policy()
		return a.Count < policy.AtLeast
	})
}

// fold builds the episodes until that time, including those with too few notices for an alert.
func (t *Thread) fold(until int64) []Alert {
	var all []Alert
	if t.Base != nil {
		all = append(all, *t.Base)
	}
	seen := t.Floor
	for _, m := range t.Marks {
		t.extend(all, seen, m.At)
		seen = m.At
		switch {
		case m.Clear:
			end(all, m)
		case begins(all, m):
			all = append(all, t.begin(m))
		default:
			t.again(&all[len(all)-1], m)
		}
	}
	t.extend(all, seen, until)
	return all
}

// extend adds the repeats between two times to an open episode.
func (t *Thread) extend(all []Alert, after, until int64) {
	if len(all) == 0 || all[len(all)-1].Status == Resolved {
		return
	}
	if n, last := t.repeated(after, until); n > 0 {
		a := &all[len(all)-1]
		a.Count += n
		a.LastAt = later(a.LastAt, instant(last))
	}
}

// end resolves an open episode.
func end(all []Alert, m mark) {
	if len(all) == 0 || all[len(all)-1].Status == Resolved {
		return
	}
	a := &all[len(all)-1]
	a.Status, a.ResolvedAt, a.ResolvedBy = Resolved, instant(m.At), m.By
}

// begins reports whether a notice begins a new episode. A recurrence after a person resolved the alert always does.
func begins(all []Alert, m mark) bool {
	if len(all) == 0 {
		return true
	}
	last := all[len(all)-1]
	if last.Status != Resolved {
		return false
	}
	policy, _ := last.Kind.Policy()
	return last.ResolvedBy != "" || instant(m.At).Sub(last.ResolvedAt) > policy.Cooldown
}

func (t *Thread) begin(m mark) Alert {
	a := Alert{
		ID: ID(instant(m.At), t.DedupKey), VIN: t.VIN, DedupKey: t.DedupKey, Kind: m.Kind, Status: Open,
		Audience: m.Audience, DealerID: m.DealerID, FirstAt: instant(m.At), LastAt: instant(m.At), Count: 1,
	}
	a.take(m)
	t.acknowledge(&a, m.At)
	return a
}

// again adds a notice to an episode, and reopens a resolved one.
func (t *Thread) again(a *Alert, m mark) {
	a.Count++
	a.LastAt = later(a.LastAt, instant(m.At))
	if m.Severity != a.Severity && m.Severity.AtLeast(a.Severity) {
		a.take(m)
	}
	a.ResolvedAt, a.ResolvedBy, a.Status = time.Time{}, "", Open
	if a.AcknowledgedBy != "" {
		a.Status = Acknowledged
	}
	t.acknowledge(a, m.At)
}

// take copies the values of a notice to the alert.
func (a *Alert) take(m mark) {
	a.Severity, a.Value, a.Threshold, a.Unit, a.TripID, a.Detail = m.Severity, m.Value, m.Threshold, m.Unit, m.TripID, m.Detail
}

// acknowledge applies the acknowledgements of the notice of that time.
func (t *Thread) acknowledge(a *Alert, of int64) {
	for _, word := range t.Acks {
		if word.Of == of {
			a.acknowledge(word)
		}
	}
}

// acknowledge keeps the earliest acknowledgement.
func (a *Alert) acknowledge(word ack) {
	if a.AcknowledgedBy != "" && !instant(word.At).Before(a.AcknowledgedAt) {
		return
	}
	a.AcknowledgedBy, a.AcknowledgedAt = word.By, instant(word.At)
	if a.Status == Open {
		a.Status = Acknowledged
	}
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
