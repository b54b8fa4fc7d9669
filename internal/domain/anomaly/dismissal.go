package anomaly

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// Dismissal is a person's word that an alert of an anomaly was nothing. It widens the limit of that alert's rule, for that car.
type Dismissal struct {
	AlertID string
	Key     string // dedup key of the alert
	At      time.Time
}

const (
	// MaxDismissals is the number that a car has at one time: more would be a car without a watch.
	MaxDismissals = 24
	// counted is the number of dismissals of one rule that count. Each of them doubles its limit's distance from what is usual: less would
	// only delay the next alert, as a baseline's rule sums what lasts.
	counted = 3
	// dismissedFor is the time that a dismissal counts: cars age, and what was nothing then may be something now.
	dismissedFor = alert.Retention
)

// String is the dismissal for a table: the alert's id, the time in milliseconds since 1970, and the dedup key.
func (d Dismissal) String() string {
	return fmt.Sprintf("%s %d %s", d.AlertID, d.At.UnixMilli(), d.Key)
}

// ParseDismissal reads what String wrote.
func ParseDismissal(s string) (Dismissal, error) {
	var d Dismissal
	var at int64
	if _, err := fmt.Sscanf(s, "%s %d %s", &d.AlertID, &at, &d.Key); err != nil {
		return d, fmt.Errorf("dismissal %.80q: allowed is an alert's id, a time and a dedup key: %w", s, err)
	}
	d.At = time.UnixMilli(at).UTC()
	return d, nil
}

// ParseDismissals reads a car's dismissals.
func ParseDismissals(texts []string) ([]Dismissal, error) {
	var all []Dismissal
	for _, s := range texts {
		d, err := ParseDismissal(s)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Dismissal) int { return strings.Compare(a.AlertID, b.AlertID) })
	return all, nil
}

// DismissalTexts are dismissals for a table, sorted.
func DismissalTexts(all []Dismissal) []string {
	texts := make([]string, len(all))
	for n, d := range all {
		texts[n] = d.String()
	}
	slices.Sort(texts)
	return texts
}

// SignalOf is the VSS path of the signal of a rule of an anomaly, by its dedup key.
func SignalOf(key string) string {
	kind, _, _ := strings.Cut(key, "#")
	path, _ := alert.Kind(kind).Signal()
	return path
}

// Counts reports whether the dismissal still counts.
func (d Dismissal) Counts(now time.Time) bool { return now.Sub(d.At) < dismissedFor }

// Until is the time until which the dismissal counts.
func (d Dismissal) Until() time.Time { return d.At.Add(dismissedFor) }

// Width is by how much the limit of the rule with that dedup key is wider than usual, for a car with those dismissals: 1 without any, at
// most 8.
func Width(key string, all []Dismissal, now time.Time) float64 {
	n := 0
	for _, d := range all {
		if d.Key == key && d.Counts(now) {
			n++
		}
	}
	return width(n)
}

func width(dismissals int) float64 { return float64(int(1) << min(dismissals, counted)) }

// Dismissible fails for an alert that no dismissal is for: fixed limits, faults and crashes are the same for every car. The error is of
// category errs.Invalid.
func Dismissible(a alert.Alert) error {
	if _, anomaly := a.Kind.Signal(); anomaly {
		if _, known := slotOf[a.DedupKey]; known {
			return nil
		}
	}
	return errs.As(errs.Invalid, fmt.Errorf("an alert of kind %s cannot be dismissed; allowed are those of an unusual value that the detector looks for, not %.120q", a.Kind, a.DedupKey))
}

// slotOf is the index of the rules of anomalies in a Memory, by dedup key. Rules with fixed limits are not among them.
var slotOf = func() map[string]int {
	slots := map[string]int{}
	for _, r := range rules(Defaults()) {
		if strings.HasPrefix(r.key, string(alert.Anomaly(""))) {
			slots[r.key] = r.slot
		}
	}
	return slots
}()

// Dismiss has the memory judge by those dismissals. They are not part of what is stored of it: the store keeps them apart, so that neither
// overwrites the other.
func (m *Memory) Dismiss(all []Dismissal, now time.Time) {
	m.dismissed = [ruleCount]uint8{}
	for _, d := range all {
		if slot, known := slotOf[d.Key]; known && d.Counts(now) && m.dismissed[slot] < counted {
			m.dismissed[slot]++
		}
	}
}

// width is that of a rule.
func (m *Memory) width(slot int) float64 { return width(int(m.dismissed[slot])) }

// widened is the condition of a rule with its limit farther away; what is right again stays the same.
func widened(c alert.Condition, width float64) alert.Condition {
	c.Raise += (width - 1) * (c.Raise - c.Clear)
	return c
}
