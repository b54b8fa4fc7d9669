package main

import (
	"time"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/anomaly/novelty"
)

const (
	benchThreshold  = 0.4989 // the best threshold in the Numenta benchmark's standard profile
	strictThreshold = 0.9    // the lowest of 0.75, 0.9 and 0.95 without a false alarm on simulated cars
	measuredFor     = 30 * time.Second
)

// noveltyAt returns a rival that alarms when novelty reaches the threshold. It uses the measures of the platform's baselines, in the same
// states of the car and as means over the same time.
func noveltyAt(threshold float64) func(recording) []alarm {
	return func(d recording) []alarm {
		detector, memory := anomaly.New(anomaly.Defaults()), anomaly.NewMemory()
		streams := map[string]*measureStream{}
		var alarms []alarm
		for n := range d {
			detector.Observe(memory, d[n:n+1], d[n].At)
			for _, m := range memory.Measures() {
				if streams[m.Subject] == nil {
					streams[m.Subject] = &measureStream{novelty: novelty.New()}
				}
				if streams[m.Subject].next(d[n].At, m.Value) > threshold {
					alarms = append(alarms, alarm{d[n].At, m.Signal})
				}
			}
		}
		return alarms
	}
}

// measureStream computes the means of one measure and scores them.
type measureStream struct {
	novelty *novelty.Detector
	begin   time.Time // start of the current mean
	sum, n  float64
	seen    time.Duration
}

// next adds a value. If the value begins a new mean, next returns the score of the mean before; otherwise 0. Scores are 0 during the
// learning time, as for the other rivals.
func (s *measureStream) next(at time.Time, v float64) float64 {
	score := 0.0
	if s.n > 0 && at.Sub(s.begin) >= measuredFor {
		score = s.novelty.Next(s.sum / s.n).Value
		if s.seen += measuredFor; s.seen <= learnt {
			score = 0
		}
		s.sum, s.n = 0, 0
	}
	if s.n == 0 {
		s.begin = at
	}
	s.sum, s.n = s.sum+v, s.n+1
	return score
}
