package anomaly

import "math"

// Series is the baseline of a lone series of which nothing else is known, such as a benchmark's. Use NewSeries.
type Series struct {
	b      base
	least  float64
	lowest float64
	most   float64
	seen   int
	active bool
}

// NewSeries knows nothing yet.
func NewSeries() *Series { return &Series{lowest: math.Inf(1), most: math.Inf(-1)} }

// shareOfRange is the least distance from usual that matters, as a share of the range in which the series was so far.
const shareOfRange = 0.25

// Next takes the next value, judges it by what is usual, learns it, and reports whether it begins something unusual. The first values
// say nothing.
func (s *Series) Next(v float64) bool {
	if !finite(v) {
		return false
	}
	if s.seen++; float32(s.seen) <= 10*learnt { // the range is that of what was usual
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
