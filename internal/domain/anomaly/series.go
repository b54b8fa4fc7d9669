package anomaly

import "math"

// Series is a baseline for a single series without any definition, such as a benchmark's. Use NewSeries.
type Series struct {
	b      base
	least  float64
	lowest float64
	most   float64
	seen   int
	active bool
}

// NewSeries returns a series without any values.
func NewSeries() *Series { return &Series{lowest: math.Inf(1), most: math.Inf(-1)} }

// shareOfRange is the least distance from usual that matters, as a share of the range of the values so far.
const shareOfRange = 0.25

// Next scores the next value against the baseline, learns it, and reports whether it begins something unusual. It always reports
// false for the first values, while the baseline is learned.
func (s *Series) Next(v float64) bool {
	if !finite(v) {
		return false
	}
	if s.seen++; float32(s.seen) <= 10*learnt { // the range is learned from the first values only
		s.lowest, s.most = min(s.lowest, v), max(s.most, v)
	}
	s.least = max(shareOfRange*(s.most-s.lowest), 1e-9)
	s.b.learn(v, s.least, 1)
	switch score := s.b.score(); {
	case s.active:
		s.active = score > 0.5
	case float32(s.seen) > 10*learnt && score > 1:
		s.active = true
		return true
	}
	return false
}
