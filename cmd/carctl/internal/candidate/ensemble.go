package candidate

import (
	"math"
	"slices"
	"time"

	"connectedcar/cmd/carctl/internal/nab"
	"connectedcar/internal/domain/anomaly/novelty"
)

// ranks is an ensemble of detectors. It compares their scores by rank, as the scores have different scales: for each member it takes the
// negative logarithm of the share of the member's own recent scores that are at least as high. The ensemble's score is the mean of these.
type ranks struct {
	members []nab.Detector
	seen    []ranked
}

// ranked has the newest scores of a member, in order of time and of size.
type ranked struct {
	ring   *ring
	sorted []float64
}

const rankedOver = 2000 // number of recent scores

// mixedRanks is an ensemble of detectors for different properties: new values, extreme values, shapes and levels.
func mixedRanks() *ranks {
	return newRanks(scoreOf(novelty.New()), newDSPOT(), &discord{shingle: shingle{newRing(12)}}, newGaussian(600))
}

// scaleRanks is an ensemble of the same detector on the means of 1, 4, 16 and 64 values.
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

// rarity returns minus the decimal logarithm of the share of recent scores that are at least s, and then adds s to the recent scores.
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

// smoothed passes the moving mean of the newest values to a detector.
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
