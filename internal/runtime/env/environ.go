// Package env reads a program's settings from its environment and reports everything that is wrong with them at once.
package env

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Reader collects the errors of the settings that it reads. The zero value is not usable; see New.
type Reader struct {
	get  func(string) string
	errs []error
}

// New reads with a function such as os.Getenv.
func New(get func(string) string) *Reader { return &Reader{get: get} }

// Text is a variable that must be set.
func (r *Reader) Text(name string) string {
	s := r.get(name)
	if s == "" {
		r.errs = append(r.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return s
}

// Optional is a variable that need not be set.
func (r *Reader) Optional(name string) string { return r.get(name) }

// List is an optional variable's values, which commas divide. Empty ones do not count.
func (r *Reader) List(name string) []string {
	return strings.FieldsFunc(r.get(name), func(c rune) bool { return c == ',' })
}

// Duration is a positive Go duration, such as 336h.
func (r *Reader) Duration(name string) time.Duration {
	s := r.Text(name)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		r.errs = append(r.errs, fmt.Errorf("environment variable %s is %q; allowed is a positive duration such as 336h", name, s))
	}
	return d
}

// JSON reads a JSON document into a value.
func (r *Reader) JSON(name string, into any) {
	s := r.Text(name)
	if s == "" {
		return
	}
	if err := json.Unmarshal([]byte(s), into); err != nil {
		r.errs = append(r.errs, fmt.Errorf("environment variable %s is no such JSON: %w", name, err))
	}
}

// Err is every error so far, or nil.
func (r *Reader) Err() error { return errors.Join(r.errs...) }
