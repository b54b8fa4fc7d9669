package preference

import (
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/errs"
)

// maxKinds limits the kinds in Preferences.Kinds: every fixed kind, and the anomalies of some signals.
const maxKinds = 100

// Validate returns an error with everything that is wrong, or nil. Its category is errs.Invalid.
func (p Preferences) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for name, rule := range map[Channel]Rule{Email: p.Email, SMS: p.SMS} {
		if !rule.Minimum.Known() {
			add("%s.minimumSeverity is %.20q; allowed are %s", name, rule.Minimum, alert.Severities())
		}
	}
	if len(p.Kinds) > maxKinds {
		add("kinds are %d; allowed are up to %d", len(p.Kinds), maxKinds)
	}
	for kind := range p.Kinds {
		if policy, known := kind.Policy(); !known || policy.Scope == alert.Platform {
			add("kinds has %.80q, which is no kind of alert about a car", kind)
		}
	}
	if p.Quiet != nil {
		problems = append(problems, p.Quiet.validate())
	}
	problems = append(problems, within("limit.perHour", p.Limit.PerHour, MostPerHour), within("limit.perDay", p.Limit.PerDay, MostPerDay))
	return errs.As(errs.Invalid, errors.Join(problems...))
}

func within(name string, n, most int) error {
	if n >= 1 && n <= most {
		return nil
	}
	return fmt.Errorf("%s is %d; allowed are 1 to %d", name, n, most)
}

func (q Quiet) validate() error {
	var problems []error
	for name, t := range map[string]TimeOfDay{"from": q.From, "to": q.To} {
		if t < 0 || t >= minutesPerDay {
			problems = append(problems, fmt.Errorf("quietHours.%s is minute %d of the day; allowed are 00:00 to 23:59", name, t))
		}
	}
	if q.From == q.To {
		problems = append(problems, fmt.Errorf("quietHours are from %s to %s; allowed are two different times", q.From, q.To))
	}
	// LoadLocation accepts "" for UTC and "Local" for the machine's own zone, neither of which a user intends.
	if _, err := time.LoadLocation(q.Zone); err != nil || q.Zone == "" || q.Zone == "Local" {
		problems = append(problems, fmt.Errorf("quietHours.timeZone is %.60q; allowed is an IANA name such as Europe/Berlin", q.Zone))
	}
	return errors.Join(problems...)
}
