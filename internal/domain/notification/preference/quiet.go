package preference

import (
	"fmt"
	"time"

	"connectedcar/internal/errs"
)

// Quiet are the hours of a day in which a person gets no messages, except CRITICAL ones.
type Quiet struct {
	From TimeOfDay `json:"from"`
	To   TimeOfDay `json:"to"`   // exclusive; if it is before From, it is on the next day
	Zone string    `json:"zone"` // IANA name, such as Europe/Berlin
}

// TimeOfDay is minutes since midnight, 0 to 1439.
type TimeOfDay int

const minutesPerDay = 24 * 60

// ParseTimeOfDay reads HH:MM.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	at, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, errs.As(errs.Invalid, fmt.Errorf("time of day is %.20q; allowed are 00:00 to 23:59", s))
	}
	return TimeOfDay(at.Hour()*60 + at.Minute()), nil
}

func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// Over returns the first time from now on that is not quiet. If a clock change skips the end, that is the time of the change; if the
// end occurs twice, it is the first one.
func (q Quiet) Over(now time.Time) time.Time {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil || !q.holds(now.In(zone)) {
		return now
	}
	local := now.In(zone)
	// The end is today or tomorrow. A minute that does not exist, or occurs twice, is found by stepping minute by minute: 26 hours at
	// most, and only during quiet hours.
	next := local.Truncate(time.Minute)
	for range 26 * 60 {
		next = next.Add(time.Minute)
		if !q.holds(next) {
			return next.In(now.Location())
		}
	}
	return now
}

// holds reports whether a local time is within the quiet hours.
func (q Quiet) holds(local time.Time) bool {
	t := TimeOfDay(local.Hour()*60 + local.Minute())
	if q.From <= q.To {
		return q.From <= t && t < q.To
	}
	return t >= q.From || t < q.To
}
