// Package errs sorts errors into a few categories. Adapters assign the category of an error, and entry points use this package to choose a
// response or a retry; the code in between does not look at error codes.
package errs

import (
	"context"
	"errors"
	"net/http"
)

// Category is the kind of an error.
type Category uint8

// The categories. An error without a category is Internal.
const (
	Internal    Category = iota // the platform's own: a bug or a broken deployment
	Invalid                     // the input is wrong, and a retry cannot succeed
	NotFound                    // the requested object does not exist
	Conflict                    // another writer changed the object first
	Denied                      // the caller is not allowed to do this
	Throttled                   // too many requests: retry later, at a lower rate
	Unavailable                 // a dependency does not respond at the moment
)

// handling is the treatment of a category: its HTTP status, and whether to retry.
type handling struct {
	name  string
	retry bool // the same input may succeed later
	http  int  // HTTP status of the response
}

var table = [...]handling{
	Internal:    {"internal", true, http.StatusInternalServerError}, // succeeds once the deployment is repaired; the queue limits the retries
	Invalid:     {"invalid", false, http.StatusBadRequest},
	NotFound:    {"not_found", false, http.StatusNotFound},
	Conflict:    {"conflict", true, http.StatusConflict},
	Denied:      {"denied", false, http.StatusForbidden},
	Throttled:   {"throttled", true, http.StatusTooManyRequests},
	Unavailable: {"unavailable", true, http.StatusServiceUnavailable},
}

// String is the category's stable name, for logs and metrics.
func (c Category) String() string { return table[c].name }

// Retry reports whether the same input may succeed later. Input that cannot succeed goes to a dead-letter queue.
func (c Category) Retry() bool { return table[c].retry }

// HTTPStatus returns the status of the response to a request that failed with this category.
func (c Category) HTTPStatus() int { return table[c].http }

// sorted is an error to which As added a category.
type sorted struct {
	category Category
	err      error
}

func (s *sorted) Error() string { return s.err.Error() }
func (s *sorted) Unwrap() error { return s.err }

// As adds a category to err. If err has one already, the new one counts. As returns nil for a nil err.
func As(c Category, err error) error {
	if err == nil {
		return nil
	}
	return &sorted{category: c, err: err}
}

// Of returns the category of err: the outermost one that As added, Unavailable for a context that ended, else Internal.
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
