package anomaly

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Confidence is the grade of a finding.
type Confidence string

// The grades. A limit of physics holds for every car. A car's own baseline is very likely right with two hours of that state learned and a
// value twice as far as is usual; with less than one hour, or with a value that is only a little off but lasts, it is a possibility.
const (
	Possible   Confidence = "possible"
	Likely     Confidence = "likely"
	VeryLikely Confidence = "very likely"
)

const (
	littleLearntH = 1.0
	muchLearntH   = 2.0
	farOff        = 2.0 // distances from usual to the limit of what is usual
)

// grade is the confidence in a value that is so many distances off, after so many hours of learning.
func grade(learntH, off float64) Confidence {
	switch {
	case learntH >= muchLearntH && off >= farOff:
		return VeryLikely
	case learntH < littleLearntH || off < 1:
		return Possible
	}
	return Likely
}

// sentence is the whole finding for people: what is unusual, since when, how sure that is and of what, and what to look at.
func (f Finding) sentence(at time.Time) string {
	since := f.Since.UTC().Format("15:04 UTC")
	if !sameDay(f.Since, at) {
		since = f.Since.UTC().Format("2 January, 15:04 UTC")
	}
	return fmt.Sprintf("%s, since %s (%s: %s); look at %s.", strings.TrimSuffix(f.Why, "."), since, f.Confidence, f.Ground, f.LookAt)
}

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// hours is a time of learning in words.
func hours(h float64) string {
	minutes := math.Round(60 * h)
	switch {
	case minutes == 1:
		return "1 minute"
	case h < 1:
		return fmt.Sprintf("%.0f minutes", minutes)
	}
	return fmt.Sprintf("%.0f h", math.Floor(h))
}
