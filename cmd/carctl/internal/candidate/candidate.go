// Package candidate has the anomaly detectors that were compared for the platform, including the chosen one, behind one interface, so that
// the comparison in docs/detection.md can be repeated.
package candidate

import (
	"maps"
	"math"
	"slices"
	"time"

	"connectedcar/cmd/carctl/internal/nab"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/anomaly/novelty"
)

// Chosen is the name of the platform's detector.
const Chosen = "novelty"

var makers = map[string]func() nab.Detector{
	Chosen:        func() nab.Detector { return scoreOf(novelty.New()) },
	"baselines":   func() nab.Detector { return &baseline{anomaly.NewSeries()} },
	"gaussian":    func() nab.Detector { return peaksOf(newGaussian(600)) },
	"seasonal":    func() nab.Detector { return peaksOf(&seasonal{}) },
	"dspot":       func() nab.Detector { return peaksOf(newDSPOT()) },
	"changepoint": func() nab.Detector { return peaksOf(&changepoint{}) },
	"knn-cad":     func() nab.Detector { return peaksOf(newKNN()) },
	"discord":     func() nab.Detector { return peaksOf(&discord{shingle: shingle{newRing(12)}}) },
	"resonance":   func() nab.Detector { return peaksOf(newResonance()) },
	"forest":      func() nab.Detector { return peaksOf(newForest(4)) },
	"ranks":       func() nab.Detector { return peaksOf(mixedRanks()) },
	"scales":      func() nab.Detector { return peaksOf(scaleRanks()) },
}

// Names returns the names of the candidates, sorted.
func Names() []string { return slices.Sorted(maps.Keys(makers)) }

// New returns a function that makes the candidate with that name; nil if there is none.
func New(name string) func() nab.Detector { return makers[name] }

// next is a detector that uses only the value, not its time.
type next func(v float64) float64

func (f next) Next(_ time.Time, v float64) float64 { return f(v) }

func scoreOf(d *novelty.Detector) nab.Detector {
	return next(func(v float64) float64 { return d.Next(v).Value })
}

// peaks passes a score on only if it is well above the decaying peak of earlier scores. novelty does so by itself. For other detectors,
// many high scores for one event would otherwise count as many alarms.
type peaks struct {
	nab.Detector
	peak float64
}

func peaksOf(d nab.Detector) *peaks { return &peaks{Detector: d} }

func (p *peaks) Next(at time.Time, v float64) float64 {
	s := p.Detector.Next(at, v)
	odds := s / max(1-s, 1e-12) // undoes the compression of scores into the range 0 to 1
	p.peak *= math.Exp(-1.0 / 40)
	if odds <= 1.5*p.peak {
		return 0
	}
	p.peak = odds
	return s
}

// baseline is the platform's former detector, a baseline per signal. It returns 1 at the start of an alarm, else 0.
type baseline struct{ *anomaly.Series }

func (b *baseline) Next(_ time.Time, v float64) float64 {
	if b.Series.Next(v) {
		return 1
	}
	return 0
}
