package candidate

import (
	"math"
	"slices"
	"time"
)

// ring has the newest values of a series, in a ring buffer.
type ring struct {
	values []float64
	n      int // number of values ever added
}

func newRing(length int) *ring { return &ring{values: make([]float64, length)} }

func (r *ring) push(v float64) {
	r.values[r.n%len(r.values)] = v
	r.n++
}

func (r *ring) full() bool { return r.n >= len(r.values) }

// newest returns the last k values, the oldest first.
func (r *ring) newest(k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = r.values[(r.n-k+i)%len(r.values)]
	}
	return out
}

// shingle turns the newest values into a point.
type shingle struct{ *ring }

func (s shingle) next(v float64) ([]float64, bool) {
	s.push(v)
	if !s.full() {
		return nil, false
	}
	return s.newest(len(s.values)), true
}

// bounded maps a score from the range 0 to infinity to the range 0 to 1, in the same order.
func bounded(s float64) float64 { return max(0, s) / (1 + max(0, s)) }

// gaussian scores a value by its tail probability under the normal distribution of a window, like the benchmark's windowed Gaussian
// detector.
type gaussian struct{ window *ring }

func newGaussian(length int) *gaussian { return &gaussian{newRing(length)} }

func (g *gaussian) Next(_ time.Time, v float64) float64 {
	n := float64(min(g.window.n, len(g.window.values)))
	sum, squares := 0.0, 0.0
	for _, x := range g.window.values[:int(n)] {
		sum, squares = sum+x, squares+x*x
	}
	g.window.push(v)
	if n < 30 {
		return 0
	}
	mean := sum / n
	deviation := math.Sqrt(max(squares/n-mean*mean, 1e-12))
	return math.Erf(math.Abs(v-mean) / deviation / math.Sqrt2)
}

// seasonal scores the distance from the usual value at the time of day, relative to the usual distance. It learns both for each of 96
// slots of a day.
type seasonal struct {
	slots [96]struct{ mean, distance, n float64 }
}

func (s *seasonal) Next(at time.Time, v float64) float64 {
	slot := &s.slots[(at.Hour()*60+at.Minute())/15]
	far := math.Abs(v - slot.mean)
	score := 0.0
	if slot.n >= 5 {
		score = far / max(slot.distance, 1e-3*math.Abs(slot.mean), 1e-9)
	}
	slot.n++
	share := max(1/slot.n, 0.05)
	if slot.n > 1 {
		slot.distance += share * (min(far, 5*max(slot.distance, far/5)) - slot.distance)
	}
	slot.mean += share * (v - slot.mean)
	return bounded(score / 10)
}

// dspot applies extreme-value theory to the distance from a drifting mean (Siffer et al., "Anomaly Detection in Streams with Extreme Value
// Theory", 2017). The tail is a generalised Pareto distribution, fitted by the method of moments to the excesses over a high quantile.
type dspot struct {
	mean    *ring
	first   []float64 // first values, which determine the threshold
	level   float64
	excess  *ring
	n, over float64
}

func newDSPOT() *dspot { return &dspot{mean: newRing(20), excess: newRing(200)} }

func (d *dspot) Next(_ time.Time, v float64) float64 {
	if !d.mean.full() {
		d.mean.push(v)
		return 0
	}
	sum := 0.0
	for _, x := range d.mean.values {
		sum += x
	}
	far := math.Abs(v - sum/float64(len(d.mean.values)))
	d.mean.push(v)
	if d.n++; d.n <= 150 {
		d.first = append(d.first, far)
		if d.n == 150 {
			slices.Sort(d.first)
			d.level = d.first[146]
			for _, x := range d.first[147:] {
				d.over++
				d.excess.push(x - d.level)
			}
		}
		return 0
	}
	p := d.tail(far)
	if far > d.level {
		d.over++
		d.excess.push(far - d.level)
	}
	return bounded(-math.Log10(max(p, 1e-30)) / 4)
}

func (d *dspot) tail(far float64) float64 {
	if far <= d.level {
		return 1
	}
	sum, squares := 0.0, 0.0
	n := float64(min(d.excess.n, len(d.excess.values)))
	for _, x := range d.excess.values[:int(n)] {
		sum, squares = sum+x, squares+x*x
	}
	mean := max(sum/n, 1e-12)
	ratio := mean * mean / max(squares/n-mean*mean, 1e-12)
	shape := min(max(0.5*(1-ratio), -0.5), 0.45)
	scale := mean * (1 - shape)
	x := (far - d.level) / scale
	if math.Abs(shape) < 1e-6 {
		return d.over / d.n * math.Exp(-x)
	}
	return d.over / d.n * math.Pow(max(1+shape*x, 0), -1/shape)
}

// changepoint is Bayesian online change-point detection (Adams and MacKay, 2007) with a normal-gamma model and a bounded number of run
// lengths.
type changepoint struct{ runs []run }

type run struct{ p, mean, weight, shape, rate float64 }

const longestRun = 200

func (c *changepoint) Next(_ time.Time, v float64) float64 {
	const hazard = 1.0 / 500
	if len(c.runs) == 0 {
		c.runs = []run{{1, v, 1, 1, 1}}
		return 0
	}
	fresh := run{mean: c.runs[len(c.runs)-1].mean, weight: 0.1, shape: 1, rate: c.runs[len(c.runs)-1].rate / c.runs[len(c.runs)-1].shape}
	next := []run{fresh}
	total := 0.0
	for _, r := range c.runs {
		grown := r.p * r.density(v)
		next[0].p += grown * hazard
		next = append(next, r.with(v, grown*(1-hazard)))
		total += grown
	}
	if len(next) > longestRun {
		next[longestRun-1].p += next[longestRun].p
		next = next[:longestRun]
	}
	recent := 0.0
	for n := range next {
		next[n].p /= max(total, 1e-300)
		if n < 3 {
			recent += next[n].p
		}
	}
	c.runs = next
	return min(recent, 1)
}

// density returns the density of Student's t distribution, which the normal-gamma model predicts.
func (r run) density(v float64) float64 {
	scale := math.Sqrt(r.rate * (r.weight + 1) / (r.shape * r.weight))
	z := (v - r.mean) / max(scale, 1e-9)
	a, _ := math.Lgamma(r.shape + 0.5)
	b, _ := math.Lgamma(r.shape)
	return math.Exp(a-b-(r.shape+0.5)*math.Log1p(z*z/(2*r.shape))) / (math.Sqrt(2*math.Pi*r.shape) * max(scale, 1e-9))
}

func (r run) with(v, p float64) run {
	return run{
		p: p, mean: (r.weight*r.mean + v) / (r.weight + 1), weight: r.weight + 1, shape: r.shape + 0.5,
		rate: r.rate + r.weight*(v-r.mean)*(v-r.mean)/(2*(r.weight+1)),
	}
}
