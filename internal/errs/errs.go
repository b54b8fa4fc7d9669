// Package errs sorts errors into the few categories that decide what happens next. Adapters say what an error is, and entry
// points ask this package what to do about it; nobody in between looks at codes.
package errs

import (
	"context"
	"errors"
	"net/http"
)

// Category is a kind of failure.
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

// handling has the consequences of each category: the HTTP status, and retry or drop.
type handling struct {
	name  string
	retry bool // the same input may succeed later
	http  int  // status of an answer
}

var table = [...]handling{
	Internal:    {"internal", true, http.StatusInternalServerError}, // a repaired deployment makes it succeed; the queue's limit ends the rest
	Invalid:     {"invalid", false, http.StatusBadRequest},
	NotFound:    {"not_found", false, http.StatusNotFound},
	Conflict:    {"conflict", true, http.StatusConflict},
	Denied:      {"denied", false, http.StatusForbidden},
	Throttled:   {"throttled", true, http.StatusTooManyRequests},
	Unavailable: {"unavailable", true, http.StatusServiceUnavailable},
}

// String is the category's stable name, for logs and metrics.
func (c Category) String() string { return table[c].name }

// Retry reports whether the same input may succeed later; what may not is kept for a person instead.
func (c Category) Retry() bool { return table[c].retry }

// HTTPStatus is the status of the answer to a request that failed so.
func (c Category) HTTPStatus() int { return table[c].http }

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
