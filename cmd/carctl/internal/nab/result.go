package nab

import (
	"slices"
	"time"
)

// Detector scores the values of one series, each by those before it, from 0 to 1.
type Detector interface {
	Next(at time.Time, v float64) float64
}

// Run is the scores of a new detector for every file.
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

// Result is a detector's figures by one profile.
type Result struct {
	Profile   Profile
	Threshold float64
	Score     float64 // 0 to 100
	// LeftOut is the score if each category is scored with the threshold that is best for the others.
	LeftOut float64
}

// Judge is the figures of the scores, one result a profile.
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

// Alarms counts the alarms of a file at a threshold.
type Alarms struct {
	Rows   []int // of the alarms after probation, outside the windows and the first in each
	Found  int   // windows with an alarm
	False  int   // alarms outside the windows
	Delays []time.Duration
	Watch  time.Duration // after probation
}

// Alarms are the alarms of a file whose rows have those scores.
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
