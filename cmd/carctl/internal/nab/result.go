package nab

import (
	"slices"
	"time"
)

// Detector scores the values of one series in order, from 0 to 1, each by the values before it.
type Detector interface {
	Next(at time.Time, v float64) float64
}

// Run scores every file with a new detector from make.
func Run(files []File, make func() Detector) [][]float64 {
	all := perFile(files)
	for n := range files {
		d := make()
		for k, v := range files[n].Values {
			all[n][k] = d.Next(files[n].At[k], v)
		}
	}
	return all
}

func perFile(files []File) [][]float64 {
	all := make([][]float64, len(files))
	for n := range files {
		all[n] = make([]float64, len(files[n].Values))
	}
	return all
}

// Result has a detector's results for one profile.
type Result struct {
	Profile   Profile
	Threshold float64
	Score     float64 // from 0 to 100
	// LeftOut is the score if the threshold for each category is the best one for the other categories.
	LeftOut float64
}

// Judge returns the results for the scores, one for each profile.
func Judge(files []File, scores [][]float64) []Result {
	var all []Result
	for _, p := range Profiles() {
		threshold, total := Best(files, scores, p)
		all = append(all, Result{Profile: p, Threshold: threshold, Score: Normal(total, files, p), LeftOut: leftOut(files, scores, p)})
	}
	return all
}

func leftOut(files []File, scores [][]float64, p Profile) float64 {
	total := 0.0
	for _, category := range categories(files) {
		var others []File
		var theirs [][]float64
		for n := range files {
			if files[n].Category() != category {
				others, theirs = append(others, files[n]), append(theirs, scores[n])
			}
		}
		threshold, _ := Best(others, theirs, p)
		for n := range files {
			if files[n].Category() == category {
				total += files[n].Score(scores[n], threshold, p)
			}
		}
	}
	return Normal(total, files, p)
}

func categories(files []File) []string {
	var all []string
	for n := range files {
		all = append(all, files[n].Category())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Alarms has the alarms of a file at a threshold.
type Alarms struct {
	Rows   []int // rows of the alarms after probation: those outside the windows, and the first in each window
	Found  int   // number of windows with an alarm
	False  int   // number of alarms outside the windows
	Delays []time.Duration
	Watch  time.Duration // duration of the file after probation
}

// Alarms returns the alarms of a file, given the score of each row.
func (f *File) Alarms(scores []float64, threshold float64) Alarms {
	var a Alarms
	standard := Profiles()[0]
	found := map[int]bool{}
	first := f.Probation()
	for n, pt := range f.points(scores, standard) {
		row := first + n
		switch {
		case pt.score < threshold || pt.window >= 0 && found[pt.window]:
			continue
		case pt.window >= 0:
			found[pt.window] = true
			a.Delays = append(a.Delays, f.At[row].Sub(f.At[f.Windows[pt.window].First]))
		default:
			a.False++
		}
		a.Rows = append(a.Rows, row)
	}
	a.Found = len(found)
	if first < len(f.At) {
		a.Watch = f.At[len(f.At)-1].Sub(f.At[first])
	}
	return a
}
