// Package novelty scores a stream of numbers by how far its values lie from all earlier ones.
//
// A few features of the newest values (the value itself; mean, deviation and maximum of windows of several lengths, and the value against
// each mean) each have a territory: the values that the feature has had before. A feature's novelty is its distance to the nearest of them
// as a share of the territory's width. The score is the sum over the features, relative to its usual level: a stream that often has
// new values must go farther to be unusual than a steady one, and a value scores only the first time. The idea is that of adaptive
// resonance (Carpenter and Grossberg), in one dimension for each feature.
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
	// floor is the least level of novelty, a mean share of the features' ranges: quieter streams are treated like a constant one.
	floor = 1e-4
	// lasting is the share of a feature's novelty that remains one value later: features with long windows respond late.
	lasting = 0.5
	// rest is the number of values in which a reported peak decays to a third; above is the ratio to it that a later peak must exceed
	// to be reported too. So one event has one peak.
	rest  = 40
	above = 1.5
	// half is the multiple of the usual level that scores 0.5.
	half = 3.6
	// simpler is the ratio by which the novelty of a later feature must exceed that of a simpler one to be given as the reason.
	simpler = 1.25
)

// fade is the factor by which the peak decays with each value.
var fade = math.Exp(-1.0 / rest)

// Detector scores one stream. Use New.
type Detector struct {
	recent      window
	territories [featureCount]territory
	novelty     [featureCount]float64
	level, seen float64 // the weighted mean of the novelty is level/seen
	peak        float64
}

// New returns a detector without any values.
func New() *Detector { return &Detector{} }

// Score is the result for a value.
type Score struct {
	// Value is 0 for a usual value and less than 1 for all others; 0.5 is worth an alarm. In one event only its beginning and each
	// higher peak have a score.
	Value float64
	// Part is the feature that contributes the most; zero if Value is 0.
	Part Part
}

// Part is a feature's share of a score.
type Part struct {
	Feature string  // for example "mean of 32 values"
	Value   float64 // the feature's present value
	Nearest float64 // the nearest value that the feature had before
	Share   float64 // share of the score, 0 to 1
}

// String returns the part as a sentence.
func (p Part) String() string {
	return fmt.Sprintf("The %s is %.4g; the nearest seen before is %.4g.", p.Feature, p.Value, p.Nearest)
}

// Next scores the next value against the earlier ones. NaN and infinite values score 0 and are not remembered.
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

// judge compares the mean novelty with its usual level, and returns peaks only.
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
