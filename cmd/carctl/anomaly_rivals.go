package main

import (
	"math"
	"slices"
	"strings"
	"time"

	"connectedcar/cmd/carctl/internal/candidate"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/telemetry"
)

// alarm is the start of an alarm. path is empty if the detector does not report the signal.
type alarm struct {
	at   time.Time
	path string
}

func (a alarm) on(paths []string) bool { return a.path == "" || slices.Contains(paths, a.path) }

// rivals are the detectors that the table compares; the first is the platform's.
var rivals = []struct {
	name  string
	watch func(recording) []alarm
}{
	{"platform", func(d recording) []alarm { return findings(d, func(anomaly.Change) bool { return true }) }},
	{"fixed limits", func(d recording) []alarm {
		return findings(d, func(c anomaly.Change) bool { return !strings.HasPrefix(string(c.Kind), "anomaly.") })
	}},
	{"novelty", noveltyAt(benchThreshold)},
	{"novelty 0.9", noveltyAt(strictThreshold)},
	{"3-sigma", threeSigma},
	{"forest", cutForest},
}

func rivalNames() []string {
	var names []string
	for _, r := range rivals {
		names = append(names, r.name)
	}
	return names
}

func findings(d recording, counts func(anomaly.Change) bool) []alarm {
	return alarmsOf(d, anomaly.NewMemory(), counts)
}

func alarmsOf(d recording, memory *anomaly.Memory, counts func(anomaly.Change) bool) []alarm {
	detector := anomaly.New(anomaly.Defaults())
	var all []alarm
	for n := range d {
		for _, c := range detector.Observe(memory, d[n:n+1], d[n].At) {
			if !c.Resolved && counts(c) {
				all = append(all, alarm{c.At, c.Finding.Signal})
			}
		}
	}
	return all
}

// learnt is the driving time during which the rivals with a baseline learn and do not alarm.
const learnt = time.Hour

// watchedPaths are the signals that the rivals watch.
var watchedPaths = []string{
	telemetry.EngineCoolant, telemetry.EngineMAF, telemetry.EngineSpeed, telemetry.LowVoltageBattery, telemetry.TirePressureFrontLeft,
}

// minutes returns the means of the watched signals for each minute; NaN for a signal without values.
func minutes(d recording) (at []time.Time, means [][]float64) {
	sums, counts := make([]float64, len(watchedPaths)), make([]float64, len(watchedPaths))
	for n, s := range d {
		for k, path := range watchedPaths {
			if v, ok := s.Signals[path].Number(); ok {
				sums[k], counts[k] = sums[k]+v, counts[k]+1
			}
		}
		if n+1 < len(d) && d[n+1].At.Truncate(time.Minute).Equal(s.At.Truncate(time.Minute)) {
			continue
		}
		mean := make([]float64, len(watchedPaths))
		for k := range mean {
			mean[k] = sums[k] / counts[k]
			sums[k], counts[k] = 0, 0
		}
		at, means = append(at, s.At), append(means, mean)
	}
	return at, means
}

const quiet = 10 * time.Minute // minimum time between two alarms of a rival

// threeSigma alarms at a minute whose mean is more than three standard deviations from the mean of the first hour.
func threeSigma(d recording) []alarm {
	at, means := minutes(d)
	var all []alarm
	for k, path := range watchedPaths {
		var n, sum, squares float64
		var last time.Time
		for i, m := range means {
			v := m[k]
			switch {
			case math.IsNaN(v):
			case n < learnt.Minutes():
				n, sum, squares = n+1, sum+v, squares+v*v
			default:
				mean := sum / n
				if sigma := math.Sqrt(max(squares/n-mean*mean, 1e-9)); math.Abs(v-mean) > 3*sigma {
					if at[i].Sub(last) > quiet {
						all = append(all, alarm{at[i], path})
					}
					last = at[i]
				}
			}
		}
	}
	return all
}

// cutForest alarms at a minute whose score, by a random cut forest over all watched signals, exceeds every score from minute 30 to 60.
func cutForest(d recording) []alarm {
	at, means := minutes(d)
	forest := candidate.NewForest()
	var all []alarm
	var last time.Time
	highest := 0.0
	point := make([]float64, len(watchedPaths))
	for i, m := range means {
		for k, v := range m {
			if !math.IsNaN(v) {
				point[k] = v / typical[k]
			}
		}
		score := forest.Score(slices.Clone(point))
		switch {
		case float64(i) < 0.5*learnt.Minutes():
		case float64(i) < learnt.Minutes():
			highest = max(highest, score)
		case score > highest:
			if at[i].Sub(last) > quiet {
				all = append(all, alarm{at[i], ""})
			}
			last = at[i]
		}
	}
	return all
}

// typical are the typical ranges of the watched signals while driving, by which the forest's inputs are scaled.
var typical = []float64{10, 10, 700, 0.5, 10}
