package candidate

import (
	"math"
	"math/rand/v2"
	"time"
)

// Forest is a random cut forest over shingles (Guha et al., "Robust Random Cut Forest Based Anomaly Detection on Streams", 2016). Each
// tree splits a sample of the stream at random; longer sides of the bounding box are split more often. A point's score is high if few
// splits are expected to separate it from the others. Unlike in the paper, trees are not updated in place, but rebuilt from their samples
// in turn.
type Forest struct {
	shingle
	trees  [30]tree
	random *rand.Rand
	n      int
}

const (
	sampleSize = 128
	firstTrees = 30 // number of values before the first tree is built
	renewEvery = 4  // number of values before the next tree is rebuilt
)

type tree struct {
	sample [][]float64
	root   *cut
}

// cut is a node of a tree: its bounding box, its split, and the nodes on both sides of the split.
type cut struct {
	low, high   []float64
	dimension   int
	at          float64
	left, right *cut
	mass        int
}

// newForest returns a random cut forest over shingles of that length.
func newForest(length int) *Forest {
	return &Forest{shingle: shingle{newRing(length)}, random: rand.New(rand.NewPCG(1, 2))} // a fixed seed, for reproducible results
}

func (f *Forest) Next(_ time.Time, v float64) float64 {
	point, ok := f.next(v)
	if !ok {
		return 0
	}
	return f.Score(point)
}

// Score returns the score of a point by the points before it, and adds the point.
func (f *Forest) Score(point []float64) float64 {
	sum, trees := 0.0, 0.0
	for n := range f.trees {
		if f.trees[n].root != nil {
			sum += f.trees[n].root.score(point, 0)
			trees++
		}
		f.trees[n].offer(point, f.n, f.random)
	}
	if f.n++; f.n >= firstTrees && f.n%renewEvery == 0 {
		t := &f.trees[f.n/renewEvery%len(f.trees)]
		t.root = build(t.sample, f.random)
	}
	if trees == 0 {
		return 0
	}
	return bounded(sum / trees)
}

// offer adds the point to the sample with a certain probability. The sample is a random one of the newest values (reservoir sampling with
// forgetting).
func (t *tree) offer(point []float64, n int, r *rand.Rand) {
	if len(t.sample) < sampleSize {
		t.sample = append(t.sample, point)
		return
	}
	if r.Float64() < sampleSize/float64(min(n+1, 10*sampleSize)) {
		t.sample[r.IntN(sampleSize)] = point
	}
}

// NewForest returns a forest for points of any dimension.
func NewForest() *Forest { return newForest(1) }

func build(points [][]float64, r *rand.Rand) *cut {
	c := &cut{mass: len(points), low: append([]float64(nil), points[0]...), high: append([]float64(nil), points[0]...)}
	sides := 0.0
	for _, p := range points {
		for k, x := range p {
			c.low[k], c.high[k] = min(c.low[k], x), max(c.high[k], x)
		}
	}
	for k := range c.low {
		sides += c.high[k] - c.low[k]
	}
	if sides <= 0 {
		return c
	}
	where := r.Float64() * sides
	for k := range c.low {
		if side := c.high[k] - c.low[k]; where >= side {
			where -= side
			continue
		}
		c.dimension, c.at = k, c.low[k]+where
		break
	}
	var left, right [][]float64
	for _, p := range points {
		if p[c.dimension] <= c.at {
			left = append(left, p)
		} else {
			right = append(right, p)
		}
	}
	if len(left) == 0 || len(right) == 0 {
		return c
	}
	c.left, c.right = build(left, r), build(right, r)
	return c
}

// score returns the expected inverse depth at which a split separates the point from the node's other points, damped by their number.
func (c *cut) score(p []float64, depth int) float64 {
	sides, outside := 0.0, 0.0
	for k, x := range p {
		sides += max(c.high[k], x) - min(c.low[k], x)
		outside += max(c.low[k]-x, x-c.high[k], 0)
	}
	parted := 0.0
	if sides > 0 {
		parted = outside / sides
	}
	here := 1 / (float64(depth) + math.Log2(float64(1+c.mass)))
	switch {
	case c.left == nil && parted < 1:
		return here * (parted + (1-parted)*0.5)
	case c.left == nil || parted >= 1:
		return here
	case p[c.dimension] <= c.at:
		return parted*here + (1-parted)*c.left.score(p, depth+1)
	}
	return parted*here + (1-parted)*c.right.score(p, depth+1)
}
