package anomaly

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Confidence is the degree of certainty of a finding.
type Confidence string

// The grades. A limit of physics holds for every car. A car's own baseline is very likely right after two hours of data in that state and
// with a value at twice the limit; after less than one hour, or with a value that is only a little off but lasts, it is a possibility.
const (
	Possible   Confidence = "possible"
	Likely     Confidence = "likely"
	VeryLikely Confidence = "very likely"
)

const (
	littleLearntH = 1.0
	muchLearntH   = 2.0
	farOff        = 2.0 // in units of the distance from usual to its limit
)

// grade returns the confidence in a value that is off by so many distances, after so many hours of learning.
func grade(learntH, off float64) Confidence {
	switch {
	case learntH >= muchLearntH && off >= farOff:
		return VeryLikely
	case learntH < littleLearntH || off < 1:
		return Possible
	}
	return Likely
}

// sentence returns the whole finding as text: what is unusual, since when, the confidence and its ground, and what to check.
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

// hours formats a learning time.
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
