// Package fault sorts errors into the few categories that decide what happens next. Adapters say what an error is, and entry
// points ask this package what to do about it; nobody in between looks at codes.
package fault

import (
	"context"
	"errors"
)

// Category is what kind of failure an error is.
type Category uint8

// The categories. An error that nobody sorted is Internal.
const (
	Internal    Category = iota // ours: a bug or a broken deployment
	Invalid                     // the input is wrong and will stay wrong
	NotFound                    // what was asked for does not exist
	Conflict                    // somebody else changed it first
	Denied                      // not allowed
	Throttled                   // too many requests: slow down and try again
	Unavailable                 // a dependency does not answer for now
)

// handling is what each category means to those who decide.
type handling struct {
	name  string
	retry bool // the same input may succeed later
}

var table = [...]handling{
	Internal:    {"internal", true}, // a repaired deployment makes it succeed; the queue's limit ends the rest
	Invalid:     {"invalid", false},
	NotFound:    {"not_found", false},
	Conflict:    {"conflict", true},
	Denied:      {"denied", false},
	Throttled:   {"throttled", true},
	Unavailable: {"unavailable", true},
}

// String is the category's stable name, for logs and metrics.
func (c Category) String() string { return table[c].name }

// Retry reports whether the same input may succeed later; what may not is kept for a person instead.
func (c Category) Retry() bool { return table[c].retry }

// sorted is an error with its category.
type sorted struct {
	category Category
	err      error
}

func (s *sorted) Error() string { return s.err.Error() }
func (s *sorted) Unwrap() error { return s.err }

// As gives err a category. The outermost one counts. A nil err stays nil.
func As(c Category, err error) error {
	if err == nil {
		return nil
	}
	return &sorted{category: c, err: err}
}

// Of is the category of err: the one that As gave it, Unavailable for a deadline that passed, else Internal.
func Of(err error) Category {
	var s *sorted
	switch {
	case errors.As(err, &s):
		return s.category
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Unavailable
	}
	return Internal
}
