package novelty

import (
	"math"
	"slices"
	"sort"
)

const (
	// grain is the least distance between two remembered values, as a share of the range: nearer values count as one.
	grain = 0.005
	// remembered is the most values that a territory holds: the range has room for fewer at that grain.
	remembered = 256
)

// territory holds the values that a feature has had, sorted, thinned to the grain.
type territory struct {
	n    int
	seen [remembered]float64
}

// visit returns the distance from x to the nearest value seen, as a share of the range including x, and that value, and then adds x.
func (t *territory) visit(x float64) (gap, nearest float64) {
	if t.n == 0 {
		t.seen[0], t.n = x, 1
		return 0, x
	}
	seen := t.seen[:t.n]
	i := sort.SearchFloat64s(seen, x)
	gap = math.Inf(1)
	if i < len(seen) {
		gap, nearest = seen[i]-x, seen[i]
	}
	if i > 0 && x-seen[i-1] < gap {
		gap, nearest = x-seen[i-1], seen[i-1]
	}
	width := max(seen[len(seen)-1], x) - min(seen[0], x)
	if gap <= grain*width || width == 0 {
		return gap / max(width, math.SmallestNonzeroFloat64), nearest
	}
	t.insert(i, x, width)
	return gap / width, nearest
}

func (t *territory) insert(i int, x, width float64) {
	if t.n == remembered {
		t.thin(grain * width)
		i = sort.SearchFloat64s(t.seen[:t.n], x)
	}
	copy(t.seen[i+1:t.n+1], t.seen[i:t.n])
	t.seen[i] = x
	t.n++
}

// thin removes values that are nearer to their neighbour than the grain, after the range has grown. The smallest and largest stay.
func (t *territory) thin(least float64) {
	last := t.seen[t.n-1]
	kept := slices.Clone(t.seen[:1])
	for _, x := range t.seen[1 : t.n-1] {
		if x-kept[len(kept)-1] >= least {
			kept = append(kept, x)
		}
	}
	t.n = copy(t.seen[:], append(kept, last))
}
