package anomaly

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// Dismissal records that a person marked an alert of an anomaly as harmless. It widens the limit of that alert's rule, for that car.
type Dismissal struct {
	AlertID string
	Key     string // dedup key of the alert
	At      time.Time
}

const (
	// MaxDismissals is the number that a car may have at one time: with more it would hardly be monitored.
	MaxDismissals = 24
	// counted is the number of dismissals of one rule that count. Each of them doubles the limit's distance from usual: a smaller
	// step would only delay the next alert, as a baseline's rule sums lasting shifts.
	counted = 3
	// dismissedFor is the time that a dismissal counts: as a car ages, a value that was harmless may become a fault.
	dismissedFor = alert.Retention
)

// String returns the stored form: the alert's id, the time in milliseconds since 1970, and the dedup key.
func (d Dismissal) String() string {
	return fmt.Sprintf("%s %d %s", d.AlertID, d.At.UnixMilli(), d.Key)
}

// ParseDismissal reads the output of String.
func ParseDismissal(s string) (Dismissal, error) {
	var d Dismissal
	var at int64
	if _, err := fmt.Sscanf(s, "%s %d %s", &d.AlertID, &at, &d.Key); err != nil {
		return d, fmt.Errorf("dismissal %.80q: allowed is an alert's id, a time and a dedup key: %w", s, err)
	}
	d.At = time.UnixMilli(at).UTC()
	return d, nil
}

// ParseDismissals parses a car's dismissals.
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

// DismissalTexts returns the stored forms of dismissals, sorted.
func DismissalTexts(all []Dismissal) []string {
	texts := make([]string, len(all))
	for n, d := range all {
		texts[n] = d.String()
	}
	slices.Sort(texts)
	return texts
}

// SignalOf returns the VSS path of the signal in an anomaly's dedup key.
func SignalOf(key string) string {
	kind, _, _ := strings.Cut(key, "#")
	path, _ := alert.Kind(kind).Signal()
	return path
}

// Counts reports whether the dismissal is younger than dismissedFor.
func (d Dismissal) Counts(now time.Time) bool { return now.Sub(d.At) < dismissedFor }

// Until returns the end of the time for which the dismissal counts.
func (d Dismissal) Until() time.Time { return d.At.Add(dismissedFor) }

// Width returns the factor by which the dismissals widen the limit of the rule with that dedup key: 1 without any, at
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

// Dismissible fails for an alert that cannot be dismissed: fixed limits, faults and crashes are the same for every car. The error is of
// category errs.Invalid.
func Dismissible(a alert.Alert) error {
	if _, anomaly := a.Kind.Signal(); anomaly {
		if _, known := slotOf[a.DedupKey]; known {
			return nil
		}
	}
	return errs.As(errs.Invalid, fmt.Errorf("an alert of kind %s cannot be dismissed; allowed are those of an unusual value that the detector looks for, not %.120q", a.Kind, a.DedupKey))
}

// slotOf maps the dedup key of an anomaly's rule to its index in a Memory. Rules with fixed limits are left out.
var slotOf = func() map[string]int {
	slots := map[string]int{}
	for _, r := range rules(Defaults()) {
		if strings.HasPrefix(r.key, string(alert.Anomaly(""))) {
			slots[r.key] = r.slot
		}
	}
	return slots
}()

// Dismiss applies dismissals to the memory. Encode leaves them out: they are stored separately, so that the detector
// and a person who dismisses an alert do not overwrite each other's writes.
func (m *Memory) Dismiss(all []Dismissal, now time.Time) {
	m.dismissed = [ruleCount]uint8{}
	for _, d := range all {
		if slot, known := slotOf[d.Key]; known && d.Counts(now) && m.dismissed[slot] < counted {
			m.dismissed[slot]++
		}
	}
}

// width returns the width of a rule's limit.
func (m *Memory) width(slot int) float64 { return width(int(m.dismissed[slot])) }

// widened returns a rule's condition with Raise farther away from usual; Clear stays the same.
func widened(c alert.Condition, width float64) alert.Condition {
	c.Raise += (width - 1) * (c.Raise - c.Clear)
	return c
}
