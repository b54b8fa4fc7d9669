package candidate

import (
	"math"
	"slices"
	"time"

	"connectedcar/cmd/carctl/internal/nab"
	"connectedcar/internal/domain/anomaly/novelty"
)

// ranks aggregates detectors by the ranks of their scores, which makes scores of different kinds comparable: each member's score counts as
// the share of its own newest scores that reached it, in powers of ten, and the ensemble's is their mean.
type ranks struct {
	members []nab.Detector
	seen    []ranked
}

// ranked is the newest scores of a member, by time and by size.
type ranked struct {
	ring   *ring
	sorted []float64
}

const rankedOver = 2000 // scores

// mixedRanks are of detectors that see different things: new ground, extreme values, shapes and levels.
func mixedRanks() *ranks {
	return newRanks(scoreOf(novelty.New()), newDSPOT(), &discord{shingle: shingle{newRing(12)}}, newGaussian(600))
}

// scaleRanks are of one detector that sees the series as means of 1, 4, 16 and 64 values.
func scaleRanks() *ranks {
	var members []nab.Detector
	for _, length := range []int{1, 4, 16, 64} {
		members = append(members, &smoothed{newDSPOT(), newRing(length)})
	}
	return newRanks(members...)
}

func newRanks(members ...nab.Detector) *ranks {
	r := &ranks{members: members, seen: make([]ranked, len(members))}
	for n := range r.seen {
		r.seen[n].ring = newRing(rankedOver)
	}
	return r
}

func (r *ranks) Next(at time.Time, v float64) float64 {
	sum := 0.0
	for n, m := range r.members {
		sum += r.seen[n].rarity(m.Next(at, v))
	}
	return sum / float64(len(r.members)) / math.Log10(rankedOver+1)
}

// rarity is minus the decimal logarithm of the share of the newest scores that are at least s; then s is one of them.
func (r *ranked) rarity(s float64) float64 {
	i, _ := slices.BinarySearch(r.sorted, s)
	share := float64(len(r.sorted)-i+1) / float64(len(r.sorted)+1)
	if r.ring.full() {
		oldest, _ := slices.BinarySearch(r.sorted, r.ring.values[r.ring.n%rankedOver])
		r.sorted = slices.Delete(r.sorted, oldest, oldest+1)
	}
	r.ring.push(s)
	i, _ = slices.BinarySearch(r.sorted, s)
	r.sorted = slices.Insert(r.sorted, i, s)
	return -math.Log10(share)
}

// smoothed shows a detector the means of the newest values.
type smoothed struct {
	nab.Detector
	window *ring
}

func (s *smoothed) Next(at time.Time, v float64) float64 {
	s.window.push(v)
	sum, n := 0.0, min(s.window.n, len(s.window.values))
	for _, x := range s.window.values[:n] {
		sum += x
	}
	return s.Detector.Next(at, sum/float64(n))
}
