package alert

import "time"

// Filter selects alerts; the zero value selects all. Lists are newest first by FirstAt.
type Filter struct {
	Since  time.Time // FirstAt is at this time or later
	Status Status    // empty selects all
}

// Takes reports whether the filter selects an alert.
func (f Filter) Takes(a Alert) bool {
	return !a.FirstAt.Before(f.Since) && (f.Status == "" || f.Status == a.Status)
}
