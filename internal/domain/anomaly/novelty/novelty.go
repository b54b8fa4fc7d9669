// Package novelty scores a stream of numbers by how far it goes where it has never been.
//
// A few features of the newest values (the value itself; mean, deviation and maximum of windows of several lengths, and the value against
// each mean) each have a territory: the values that the feature had so far. A feature's novelty is the distance to the nearest of them as
// a share of the territory's width. The sum over the features, over its own usual level, is the score. So a stream that keeps finding
// new ground must go farther to be unusual than one that keeps to its ways, and what is seen once is no news the second time: the idea of
// adaptive resonance (Carpenter and Grossberg) in one dimension for each feature.
//
// There is no training phase, memory is constant, and the same values always lead to the same scores.
package novelty

import (
	"fmt"
	"math"
)

// The parameters, the same for every stream.
const (
	// patience is the number of values over which the usual level of novelty is learned.
	patience = 2000
	// floor is the level of novelty, a mean share of the features' ranges, below which a quiet stream is not told from a still one.
	floor = 1e-4
	// lasting is the share of a feature's novelty that still counts one value later: features with long windows answer late.
	lasting = 0.5
	// rest is the number of values in which a reported peak falls to a third, and above the least ratio of a later peak to it to be
	// reported too: one event has one peak.
	rest  = 40
	above = 1.5
	// half is the number of usual levels that scores 0.5.
	half = 3.6
	// simpler is the least ratio of a later feature's gap to a simpler one's for it to be the reason given.
	simpler = 1.25
)

// fade is the share of the peak that is left one value later.
var fade = math.Exp(-1.0 / rest)

// Detector scores one stream. Use New.
type Detector struct {
	recent      window
	territories [featureCount]territory
	novelty     [featureCount]float64
	level, seen float64 // of novelty: its weighted mean is level/seen
	peak        float64
}

// New returns a detector that has seen nothing.
func New() *Detector { return &Detector{} }

// Score is the verdict on a value.
type Score struct {
	// Value is 0 for a usual value and below 1; 0.5 is worth an alarm. Within one event only its beginning and each higher peak score.
	Value float64
	// Part is the feature that contributes the most; zero if Value is 0.
	Part Part
}

// Part is a feature's share of a score.
type Part struct {
	Feature string  // such as "mean of 32 values"
	Value   float64 // that the feature has now
	Nearest float64 // that it had before
	Share   float64 // of the score, 0 to 1
}

// String is the part in one sentence.
func (p Part) String() string {
	return fmt.Sprintf("The %s is %.4g; the nearest seen before is %.4g.", p.Feature, p.Value, p.Nearest)
}

// Next takes the next value and scores it by those before. A value that is not a finite number scores 0 and leaves no trace.
func (d *Detector) Next(v float64) Score {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Score{}
	}
	d.recent.push(v)
	var now [featureCount]float64
	ready := d.recent.features(&now)
	reason, total, most, known := 0, 0.0, 0.0, 0.0
	for i := range ready {
		gap, nearest := d.territories[i].visit(now[i])
		d.novelty[i] = max(gap, lasting*d.novelty[i])
		total += d.novelty[i]
		if gap > simpler*most {
			reason, most, known = i, gap, nearest
		}
	}
	s := d.judge(total / float64(featureCount))
	if s == 0 {
		return Score{}
	}
	return Score{Value: s, Part: Part{Feature: featureName(reason), Value: now[reason], Nearest: known, Share: most / total}}
}

// judge holds the mean novelty against its usual level, and keeps the peaks only.
func (d *Detector) judge(novelty float64) float64 {
	usual := 0.0
	if d.seen > 0 {
		usual = d.level / d.seen
	}
	times := novelty / (floor + usual)
	d.level += (novelty - d.level) / patience
	d.seen += (1 - d.seen) / patience
	d.peak *= fade
	if times <= above*d.peak {
		return 0
	}
	d.peak = times
	return times / (times + half)
}
