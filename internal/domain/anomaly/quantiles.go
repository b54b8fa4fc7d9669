package anomaly

import (
	"math"
	"slices"
)

// Gauge collects the usual values of one car for the priors of its model: the bucket means that its baselines learn.
type Gauge struct {
	detector *Detector
	memory   *Memory
	filling  [baseCount]filling
	means    [baseCount][]float64
}

// filling is a bucket that is being filled.
type filling struct {
	begin  int64
	sum, n float64
}

// NewGauge returns a gauge for a car without any samples.
func NewGauge() *Gauge { return &Gauge{detector: New(Defaults()), memory: NewMemory()} }

// Observe adds a sample. Samples must come in order of time.
func (g *Gauge) Observe(s Sample) {
	before := g.memory.at
	g.detector.Observe(g.memory, []Sample{s}, s.At)
	if g.memory.at == before {
		return
	}
	for i := range subjects {
		if v, ok := subjects[i].measure(g.memory); ok {
			g.offer(i, v)
		}
	}
}

func (g *Gauge) offer(i int, v float64) {
	f, at := &g.filling[i], g.memory.at
	if f.n > 0 && float64(at-f.begin) >= bucketS*1000 {
		if at-f.begin <= 2*gapMs {
			g.means[i] = append(g.means[i], f.sum/f.n)
		}
		*f = filling{}
	}
	if f.n == 0 {
		f.begin = at
	}
	f.sum, f.n = f.sum+v, f.n+1
}

// Watched returns the VSS paths of the signals that the detector reads.
func Watched() []string {
	var all []string
	for i := range traits {
		all = append(all, traits[i].path)
	}
	slices.Sort(all)
	return all
}

const (
	leastMeans = 20   // means that a car must have to count
	extreme    = 0.01 // share of a car's means that lie beyond Low, and beyond High
	trimmed    = 0.05 // share of the cars that are left out at either end: some have a fault
)

// Quantiles returns the priors of a model from its cars. Each car counts once, however long it drove. A car's low and high leave out one
// mean in a hundred at either end; those of the fleet leave out one car in twenty. Measures of fewer than LeastPriorCars cars are skipped.
func Quantiles(cars []*Gauge) []Prior {
	var all []Prior
	for i := range subjects {
		var low, median, high []float64
		for _, g := range cars {
			means := slices.Sorted(slices.Values(g.means[i]))
			if len(means) < leastMeans {
				continue
			}
			cut := int(extreme * float64(len(means)))
			low, median, high = append(low, means[cut]), append(median, means[len(means)/2]), append(high, means[len(means)-1-cut])
		}
		if len(low) < LeastPriorCars {
			continue
		}
		slices.Sort(low)
		slices.Sort(median)
		slices.Sort(high)
		out := int(math.Ceil(trimmed * float64(len(low))))
		all = append(all, Prior{
			Subject: subjects[i].key(), Cars: len(low), Low: low[out], Median: median[len(median)/2], High: high[len(high)-1-out],
		})
	}
	return all
}
