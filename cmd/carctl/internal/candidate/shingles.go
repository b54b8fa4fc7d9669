package candidate

import (
	"math"
	"slices"
	"time"
)

// knn is the conformal nearest-neighbour detector (Ishimtsev et al., "Conformal k-NN Anomaly Detector for Univariate Data Streams", 2017).
// Its score is the share of earlier nearest-neighbour distances that are smaller than the distance of the newest shingle.
type knn struct {
	shingle
	points    [][]float64
	distances *ring
}

const (
	neighbours = 27
	kept       = 500 // number of shingles
)

func newKNN() *knn { return &knn{shingle: shingle{newRing(19)}, distances: newRing(kept)} }

func (d *knn) Next(_ time.Time, v float64) float64 {
	point, ok := d.next(v)
	if !ok {
		return 0
	}
	all := make([]float64, len(d.points))
	for n, p := range d.points {
		all[n] = distance(point, p)
	}
	d.points = append(d.points, point)
	if len(d.points) > kept {
		d.points = d.points[1:]
	}
	if len(all) < neighbours {
		return 0
	}
	slices.Sort(all)
	far := 0.0
	for _, x := range all[:neighbours] {
		far += x
	}
	smaller, n := 0.0, min(d.distances.n, kept)
	for _, x := range d.distances.values[:n] {
		if x < far {
			smaller++
		}
	}
	d.distances.push(far)
	return smaller / float64(max(n, 1))
}

func distance(a, b []float64) float64 {
	sum := 0.0
	for n := range a {
		sum += (a[n] - b[n]) * (a[n] - b[n])
	}
	return math.Sqrt(sum)
}

// discord scores the newest shingle by the distance to its nearest neighbour in a bounded window (a left matrix profile), relative to the
// usual distance.
type discord struct {
	shingle
	points [][]float64
	usual  float64
}

func (d *discord) Next(_ time.Time, v float64) float64 {
	point, ok := d.next(v)
	if !ok {
		return 0
	}
	nearest := math.Inf(1)
	for n := range max(0, len(d.points)-len(point)) { // overlapping shingles do not count as neighbours
		nearest = min(nearest, distance(point, d.points[n]))
	}
	d.points = append(d.points, point)
	if len(d.points) > 2*kept {
		d.points = d.points[1:]
	}
	if math.IsInf(nearest, 1) {
		return 0
	}
	score := nearest / max(d.usual, 1e-9)
	d.usual += (nearest - d.usual) / 500
	if len(d.points) < 100 {
		return 0
	}
	return bounded(score / 10)
}

// resonance is fuzzy adaptive resonance theory over shingles (Carpenter, Grossberg and Rosen, 1991). A shingle that matches no category
// creates a new one, and scores by its distance from the best match. Categories are boxes in complement coding. ARTime works in the same
// way on wavelets.
type resonance struct {
	shingle
	low, high  float64
	categories [][]float64
	n          int
}

const (
	vigilance  = 0.9
	categories = 200
)

func newResonance() *resonance {
	return &resonance{shingle: shingle{newRing(6)}, low: math.Inf(1), high: math.Inf(-1)}
}

func (d *resonance) Next(_ time.Time, v float64) float64 {
	d.low, d.high = min(d.low, v), max(d.high, v)
	point, ok := d.next(v)
	if d.n++; !ok {
		return 0
	}
	coded := make([]float64, 0, 2*len(point))
	for _, x := range point {
		coded = append(coded, x-d.low)
	}
	for _, x := range point {
		coded = append(coded, d.high-x)
	}
	best, match := -1, -1.0
	norm := float64(len(point)) * max(d.high-d.low, 1e-12)
	for n, c := range d.categories {
		sum := 0.0
		for k := range coded {
			sum += min(coded[k], c[k])
		}
		if sum/norm > match {
			best, match = n, sum/norm
		}
	}
	if match >= vigilance {
		for k := range coded {
			d.categories[best][k] = min(coded[k], d.categories[best][k])
		}
		return 0
	}
	d.categories = append(d.categories, coded)
	if len(d.categories) > categories {
		d.categories = d.categories[1:]
	}
	return min(1, 1-max(match, 0))
}
