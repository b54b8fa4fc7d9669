package alert

import (
	"fmt"
	"slices"
	"time"

	"connectedcar/internal/errs"
)

// Filter selects alerts; the zero value selects all. Lists are newest first by FirstAt.
type Filter struct {
	Since  time.Time // FirstAt is at this time or later
	Status Status    // empty takes all
}

// Takes reports whether the list has that alert.
func (f Filter) Takes(a Alert) bool {
	return !a.FirstAt.Before(f.Since) && (f.Status == "" || f.Status == a.Status)
}

// ParseStatus reads a status; empty is allowed and means any. The error's category is fault.Invalid.
func ParseStatus(s string) (Status, error) {
	if s == "" || slices.Contains(Statuses(), Status(s)) {
		return Status(s), nil
	}
	return "", errs.As(errs.Invalid, fmt.Errorf("status is %.40q; allowed are %s", s, Statuses()))
}
