package timeseries

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/vin"
)

// stream reads a car's samples in order, some at a time.
type stream struct {
	history History
	vin     vin.VIN
	to      time.Time
	paths   []string
	at      cursor
	over    bool
}

// next are the next samples, at most n; none if it is over.
func (s *stream) next(ctx context.Context, n int) ([]telemetry.Row, error) {
	if s.over {
		return nil, nil
	}
	last := s.to.Add(-time.Millisecond)
	rows, err := s.history.Between(ctx, s.vin, s.at.time, last, s.at.skip+n+1, s.paths...)
	if err != nil {
		return nil, fmt.Errorf("read samples of %s: %w", s.vin.Redacted(), err)
	}
	end := s.at.skip + n
	if len(rows) <= end {
		s.over = true
		return rows[min(s.at.skip, len(rows)):], nil
	}
	fresh := rows[s.at.skip:end]
	s.at = cursor{time: rows[end].At}
	for i := end - 1; i >= 0 && rows[i].At.Equal(s.at.time); i-- {
		s.at.skip++
	}
	return fresh, nil
}

// position is the beginning of the next page; empty if the series is over.
func (s *stream) position() string {
	if s.over {
		return ""
	}
	return s.at.String()
}
