// Package timeseries reads series of cars' signals for people: a page at a time from hot history, as it came or averaged over spans.
package timeseries

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Limits.
const (
	DefaultLimit = 250
	MaxLimit     = 1000
	// MaxRows is the largest number of samples of one page: at one a second, those of two and a half hours. A longer series of
	// averages comes in more pages, and a span with more samples than that in parts.
	MaxRows = 10_000
	chunk   = 2_000 // samples of one read
)

// Query selects a part of a car's series.
type Query struct {
	VIN      vin.VIN
	From, To time.Time // From is included, To is not; to the millisecond
	Paths    []string  // none: all
	// Hide reports whether a path of that time is left out all the same; nil: none is.
	Hide     func(path string, at time.Time) bool
	Interval time.Duration // whole seconds to average over; 0: samples as they came
	Limit    int           // samples of a page, at most MaxLimit; 0 means DefaultLimit
	After    string        // Next of the page before; empty for the first
}

// Sample is a car's values of one moment, or of the span that begins there.
type Sample struct {
	At      time.Time
	TripID  string // empty where there is none, and for a span that is not within one trip
	Signals telemetry.Signals
}

// History reads hot history.
type History interface {
	// Stretch reads a car's samples from one time until another, both included, in order of time: at most limit of them and
	// telemetry.MaxRead bytes, with only the signals of those paths. Samples without any of them are left out.
	Stretch(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error)
}

// Reader reads series.
type Reader struct {
	History   History
	Retention time.Duration // how long hot history is kept; nothing before is looked for
	Now       func() time.Time
}

// Read reads a page, the oldest sample first. A page may have fewer samples than the limit, even none, and still not be the last. A
// query that contradicts itself, and a page that another query gave, is errs.Invalid.
func (r Reader) Read(ctx context.Context, q Query) (paging.Page[Sample], error) {
	at, to, err := r.span(q)
	if err != nil || !at.time.Before(to) {
		return paging.Page[Sample]{}, err
	}
	s := stream{history: r.History, vin: q.VIN, to: to, paths: shown(q), at: at}
	if q.Interval > 0 {
		return averages(ctx, &s, q)
	}
	rows, err := s.next(ctx, q.size())
	if err != nil {
		return paging.Page[Sample]{}, err
	}
	out := paging.Page[Sample]{Next: s.position()}
	for _, row := range rows {
		if signals := q.visible(row.Signals, row.At); len(signals) > 0 {
			out.Items = append(out.Items, Sample{At: row.At, TripID: row.TripID, Signals: signals})
		}
	}
	return out, nil
}

// span returns the beginning of the page and the end of the series, within the retention.
func (r Reader) span(q Query) (cursor, time.Time, error) {
	if !q.From.Before(q.To) {
		return cursor{}, time.Time{}, errs.As(errs.Invalid, errors.New("from: allowed is a time before to"))
	}
	if q.Interval%time.Second != 0 || q.Interval < 0 {
		return cursor{}, time.Time{}, errs.As(errs.Invalid, fmt.Errorf("interval is %s: allowed are whole seconds", q.Interval))
	}
	now := r.Now()
	at := cursor{time: later(q.From, now.Add(-r.Retention)).UTC().Truncate(time.Millisecond)}
	to := q.To.UTC().Truncate(time.Millisecond)
	if newest := now.Add(telemetry.MaxFuture).UTC().Truncate(time.Millisecond); to.After(newest) {
		to = newest
	}
	if q.After == "" {
		return at, to, nil
	}
	after, ok := parse(q.After)
	if !ok || after.time.Before(q.From.Truncate(time.Millisecond)) || !after.time.Before(q.To) {
		return cursor{}, time.Time{}, errs.As(errs.Invalid, fmt.Errorf("the page %.40q is none that this series gave: allowed is nextToken of the page before", q.After))
	}
	if after.time.Before(at.time) { // what it pointed to has been deleted meanwhile
		after = at
	}
	return after, to, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (q Query) size() int {
	if q.Limit < 1 {
		return DefaultLimit
	}
	return min(q.Limit, MaxLimit)
}

// shown are the paths to read. If all that were asked for are hidden, it is a path that no signal has: none means all.
func shown(q Query) []string {
	if len(q.Paths) == 0 || q.Hide == nil {
		return q.Paths
	}
	var paths []string
	for _, p := range q.Paths {
		if !q.Hide(p, q.To) { // what is hidden at the end is hidden all the time
			paths = append(paths, p)
		}
	}
	if len(paths) == 0 {
		return []string{"hidden"}
	}
	return paths
}

func (q Query) visible(signals telemetry.Signals, at time.Time) telemetry.Signals {
	if q.Hide == nil {
		return signals
	}
	out := maps.Clone(signals)
	maps.DeleteFunc(out, func(path string, _ telemetry.Value) bool { return q.Hide(path, at) })
	return out
}

// cursor is a place in a series: so many samples of that moment are over.
type cursor struct {
	time time.Time
	skip int
}

func (c cursor) String() string {
	return strconv.FormatInt(c.time.UnixMilli(), 10) + "-" + strconv.Itoa(c.skip)
}

func parse(s string) (cursor, bool) {
	ms, skip, _ := strings.Cut(s, "-")
	at, err := strconv.ParseInt(ms, 10, 64)
	n, err2 := strconv.Atoi(skip)
	if err != nil || err2 != nil || n < 0 || n > MaxRows {
		return cursor{}, false
	}
	c := cursor{time.UnixMilli(at).UTC(), n}
	return c, c.String() == s
}
