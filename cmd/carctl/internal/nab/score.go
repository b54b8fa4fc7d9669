package nab

import (
	"cmp"
	"math"
	"slices"
)

// Profile weights false alarms and missed windows.
type Profile struct {
	Name          string
	FalsePositive float64 // cost of an alarm outside the windows
	FalseNegative float64 // cost of a missed window
}

// Profiles returns the benchmark's three profiles: standard, low false positives, low false negatives.
func Profiles() []Profile {
	return []Profile{{"standard", 0.11, 1}, {"low-FP", 0.22, 1}, {"low-FN", 0.11, 2}}
}

// sigmoid returns the weight of an alarm that is y window lengths after a window's end: nearly 1 at the window's beginning (y = -1), 0 at
// its end, -1 long after it.
func sigmoid(y float64) float64 {
	if y > 3 {
		return -1
	}
	return 2/(1+math.Exp(5*y)) - 1
}

// point is a row of a file with its score.
type point struct {
	score  float64 // given by the detector
	worth  float64 // weight of an alarm at this row
	window int     // index of its window; -1 outside
}

// points returns the weight that an alarm would have, for every row after probation.
func (f *File) points(scores []float64, p Profile) []point {
	var all []point
	window, before := 0, -1
	for n := range f.Values {
		pt := point{score: scores[n], window: -1, worth: -p.FalsePositive}
		switch {
		case window < len(f.Windows) && n >= f.Windows[window].First:
			w := f.Windows[window]
			pt.window = window
			pt.worth = sigmoid(-float64(w.Last-n+1)/float64(w.Last-w.First+1)) / sigmoid(-1)
			if n == w.Last {
				window, before = window+1, window
			}
		case before >= 0:
			w := f.Windows[before]
			pt.worth = p.FalsePositive * sigmoid(float64(n-w.Last)/float64(w.Last-w.First))
		}
		if n >= f.Probation() {
			all = append(all, pt)
		}
	}
	return all
}

// Score returns the file's raw score if every row with at least the threshold is an alarm: the sum of the best alarm of each window, minus
// missed windows and false alarms.
func (f *File) Score(scores []float64, threshold float64, p Profile) float64 {
	total := 0.0
	best := map[int]float64{}
	for _, pt := range f.points(scores, p) {
		if pt.window >= 0 {
			if _, there := best[pt.window]; !there {
				best[pt.window] = -p.FalseNegative
			}
		}
		switch {
		case pt.score < threshold:
		case pt.window < 0:
			total += pt.worth
		default:
			best[pt.window] = max(best[pt.window], pt.worth)
		}
	}
	for _, worth := range best {
		total += worth
	}
	return total
}

// Best returns the threshold that gives the files the highest total score, and that total. scores are by file and row.
func Best(files []File, scores [][]float64, p Profile) (threshold, total float64) {
	type located struct {
		point
		file int
	}
	var all []located
	best := make([][]float64, len(files))
	for n := range files {
		for _, pt := range files[n].points(scores[n], p) {
			all = append(all, located{pt, n})
		}
		best[n] = make([]float64, len(files[n].Windows))
		for w := range best[n] {
			best[n][w] = -p.FalseNegative
			total -= p.FalseNegative
		}
	}
	slices.SortStableFunc(all, func(a, b located) int { return cmp.Compare(b.score, a.score) })
	threshold = 1.1 // above every score: no alarm
	now := total
	for n, pt := range all {
		if pt.window < 0 {
			now += pt.worth
		} else if b := &best[pt.file][pt.window]; pt.worth > *b {
			now += pt.worth - *b
			*b = pt.worth
		}
		if last := n+1 == len(all) || all[n+1].score != pt.score; last && now > total {
			threshold, total = pt.score, now
		}
	}
	return threshold, total
}

// Normal scales a corpus's total to the range from 0, for a detector that never alarms, to 100, for a perfect one.
func Normal(total float64, files []File, p Profile) float64 {
	windows := 0.0
	for n := range files {
		windows += float64(len(files[n].Windows))
	}
	if windows == 0 {
		return 0
	}
	return 100 * (total + p.FalseNegative*windows) / (windows + p.FalseNegative*windows)
}
