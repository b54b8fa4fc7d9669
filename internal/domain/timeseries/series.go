// Package timeseries reads series of cars' signals for people: page by page from hot history, unchanged or averaged over spans of time.
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
	// MaxRows is the most samples that one page reads: at one per second, those of two and three quarter hours. A longer series of
	// averages takes more pages, and a span with more samples than that is split.
	MaxRows = 10_000
	chunk   = 2_000 // samples per read
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

// Sample has a car's values at one time, or of the span that begins then.
type Sample struct {
	At      time.Time
	TripID  string // empty if there is none, and for a span that is not within one trip
	Signals telemetry.Signals
}

// History reads hot history.
type History interface {
	// Stretch reads a car's samples between two times, both included, in order of time: at most limit samples and
	// telemetry.MaxRead bytes, with only the signals of those paths. Samples without any of them are left out.
	Stretch(ctx context.Context, v vin.VIN, from, to time.Time, limit int, paths ...string) (telemetry.Stretch, error)
}

// Reader reads series.
type Reader struct {
	History   History
	Retention time.Duration // how long hot history is kept; earlier times are not read
	Now       func() time.Time
}

// Read returns a page, the oldest sample first. A page may have fewer samples than the limit, even none, and still not be the last. The
// error is of category errs.Invalid for a contradictory query and for an After from another query.
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
	if after.time.Before(at.time) { // the samples before the retention have been deleted meanwhile
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

// shown returns the paths to read. If all selected paths are hidden, it returns a path that no signal has, as an empty list would mean all.
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

// cursor is a position in a series: the first skip samples of that time are done.
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
