package timeseries

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// stream reads a car's samples in order, in parts.
type stream struct {
	history History
	vin     vin.VIN
	to      time.Time
	paths   []string
	at      cursor
	over    bool
	spent   bool // the page's limit of bytes is reached
}

// next returns the next samples, at most n; none at the end of the series or at the page's limit of bytes.
func (s *stream) next(ctx context.Context, n int) ([]telemetry.Row, error) {
	if s.over || s.spent {
		return nil, nil
	}
	last := s.to.Add(-time.Millisecond)
	part, err := s.history.Stretch(ctx, s.vin, s.at.time, last, s.at.skip+n+1, s.paths...)
	if err != nil {
		return nil, fmt.Errorf("read samples of %s: %w", s.vin.Redacted(), err)
	}
	rows, end := part.Rows, s.at.skip+n
	switch {
	case len(rows) > end:
		fresh := rows[s.at.skip:end]
		s.goTo(before(rows[:end], rows[end].At))
		return fresh, nil
	case part.Unread.IsZero():
		s.over = true
	default:
		s.spent = true
	}
	fresh := rows[min(s.at.skip, len(rows)):]
	if s.spent {
		s.goTo(before(rows, part.Unread))
	}
	return fresh, nil
}

// goTo moves to a position. If that is no progress, or more than MaxRows samples of one time are done, it skips the rest of that time,
// which has more samples than a page may read.
func (s *stream) goTo(at cursor) {
	if at == s.at || at.skip > MaxRows {
		at = cursor{time: at.time.Add(time.Millisecond)}
		s.over = !at.time.Before(s.to)
	}
	s.at = at
}

// before returns the position at a time, after those of the rows that have this time.
func before(rows []telemetry.Row, at time.Time) cursor {
	c := cursor{time: at}
	for i := len(rows) - 1; i >= 0 && rows[i].At.Equal(at); i-- {
		c.skip++
	}
	return c
}

// position returns the beginning of the next page; empty at the end of the series.
func (s *stream) position() string {
	if s.over {
		return ""
	}
	return s.at.String()
}
