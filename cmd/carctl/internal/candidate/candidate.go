// Package candidate holds the detectors that were compared for the platform, behind one interface, with the chosen one among them, so that the
// comparison in docs/detection.md can be repeated.
package candidate

import (
	"maps"
	"slices"
	"time"

	"connectedcar/cmd/carctl/internal/nab"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/anomaly/novelty"
)

// Chosen is the platform's detector.
const Chosen = "novelty"

var makers = map[string]func() nab.Detector{
	Chosen:        func() nab.Detector { return scoreOf(novelty.New()) },
	"baselines":   func() nab.Detector { return &baseline{anomaly.NewSeries()} },
	"gaussian":    func() nab.Detector { return newGaussian(600) },
	"seasonal":    func() nab.Detector { return &seasonal{} },
	"dspot":       func() nab.Detector { return newDSPOT() },
	"changepoint": func() nab.Detector { return &changepoint{} },
	"knn-cad":     func() nab.Detector { return newKNN() },
	"discord":     func() nab.Detector { return &discord{shingle: shingle{newRing(12)}} },
	"resonance":   func() nab.Detector { return newResonance() },
	"forest":      func() nab.Detector { return newForest(4) },
}

// Names are the candidates, sorted.
func Names() []string { return slices.Sorted(maps.Keys(makers)) }

// New returns the maker of the candidate with that name; nil if there is none.
func New(name string) func() nab.Detector { return makers[name] }

// next is a detector that is a function of the value alone.
type next func(v float64) float64

func (f next) Next(_ time.Time, v float64) float64 { return f(v) }

func scoreOf(d *novelty.Detector) nab.Detector {
	return next(func(v float64) float64 { return d.Next(v).Value })
}

// baseline is the per-signal baseline that the platform had before: it begins an alarm or does not.
type baseline struct{ *anomaly.Series }

func (b *baseline) Next(_ time.Time, v float64) float64 {
	if b.Series.Next(v) {
		return 1
	}
	return 0
}
