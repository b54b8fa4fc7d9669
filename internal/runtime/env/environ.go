// Package env reads a program's settings from its environment and reports all errors in them at once.
package env

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Reader reads settings and collects their errors. The zero value is not usable; see New.
type Reader struct {
	get  func(string) string
	errs []error
}

// New returns a Reader that reads variables by get, such as os.Getenv.
func New(get func(string) string) *Reader { return &Reader{get: get} }

// Text reads a required variable.
func (r *Reader) Text(name string) string {
	s := r.get(name)
	if s == "" {
		r.errs = append(r.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return s
}

// Optional reads a variable; "" if it is not set.
func (r *Reader) Optional(name string) string { return r.get(name) }

// List reads an optional variable's values, separated by commas. Empty values are skipped.
func (r *Reader) List(name string) []string {
	return strings.FieldsFunc(r.get(name), func(c rune) bool { return c == ',' })
}

// Duration reads a required variable with a positive Go duration, such as 336h.
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

// JSON decodes a required variable's JSON into a value.
func (r *Reader) JSON(name string, into any) {
	s := r.Text(name)
	if s == "" {
		return
	}
	if err := json.Unmarshal([]byte(s), into); err != nil {
		r.errs = append(r.errs, fmt.Errorf("environment variable %s is no such JSON: %w", name, err))
	}
}

// Err returns all errors so far, joined; nil if there are none.
func (r *Reader) Err() error { return errors.Join(r.errs...) }
