package novelty

import (
	"fmt"
	"math"
)

// Each window is four times the one before: from a spike to most of a day of five-minute values.
var lengths = [...]int{4, 16, 64, 256}

const (
	longest      = 256
	perLength    = 4 // features per length: mean, deviation, maximum, and the value compared with the mean before it
	featureCount = 1 + perLength*len(lengths)
)

// window is a ring buffer of the newest values.
type window struct {
	ring [longest + 1]float64
	n    int // number of values so far
}

func (w *window) push(v float64) {
	w.ring[w.n%len(w.ring)] = v
	w.n++
}

// features computes the features whose window is full and returns their number, in one pass over the longest window. Sums are of the
// distances to the newest value, so that values far from zero lose no precision.
func (w *window) features(out *[featureCount]float64) int {
	at := (w.n - 1) % len(w.ring)
	newest := w.ring[at]
	out[0] = newest
	have := min(w.n, len(w.ring))
	sum, squares, most := 0.0, 0.0, math.Inf(-1)
	ready, next := 1, 0
	for k := 1; k <= have; k++ {
		x := w.ring[at] - newest
		if at--; at < 0 {
			at = len(w.ring) - 1
		}
		if k == lengths[next]+1 { // x is the value before the window
			n := float64(lengths[next])
			mean := sum / n
			f := out[ready : ready+perLength]
			f[0], f[1], f[2] = newest+mean, math.Sqrt(max(0, squares/n-mean*mean)), newest+most
			f[3] = -(sum + x) / n
			ready += perLength
			if next++; next == len(lengths) {
				break
			}
		}
		sum, squares, most = sum+x, squares+x*x, max(most, x)
	}
	return ready
}

func featureName(i int) string {
	if i == 0 {
		return "value"
	}
	length := lengths[(i-1)/perLength]
	switch (i - 1) % perLength {
	case 0:
		return fmt.Sprintf("mean of %d values", length)
	case 1:
		return fmt.Sprintf("deviation of %d values", length)
	case 2:
		return fmt.Sprintf("maximum of %d values", length)
	}
	return fmt.Sprintf("value against the mean of the %d before", length)
}
