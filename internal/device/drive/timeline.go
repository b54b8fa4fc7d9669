// Package drive puts cars on the road: it sends what simulated and recorded cars say, when they say it, and sees to it that
// every message is acknowledged.
package drive

import (
	"context"
	"math"
	"time"
)

// Timeline maps the time of a drive to the time of day. A drive that runs faster than life starts in the past, so that no
// message is ever stamped later than it is sent.
type Timeline struct {
	Start   time.Time // when the drive begins, by its own time
	begun   time.Time // when it begins for us
	speedup float64   // infinite: as fast as possible
}

// margin keeps the last messages of a drive, which may come a little after its planned end, out of the future.
const margin = 3 * time.Second

// NewTimeline is for a drive of that length that begins now. A speedup of 0 means as fast as possible.
func NewTimeline(now time.Time, span time.Duration, speedup float64) Timeline {
	if speedup == 0 {
		speedup = math.Inf(1)
	}
	if speedup == 1 {
		return Timeline{Start: now, begun: now, speedup: 1}
	}
	back := time.Duration(float64(span)*(1-1/speedup)) + margin
	return Timeline{Start: now.Add(-back), begun: now, speedup: speedup}
}

// Due returns the time at which something of that time in the drive is sent.
func (t Timeline) Due(at time.Time) time.Time {
	if math.IsInf(t.speedup, 1) {
		return t.begun
	}
	return t.begun.Add(time.Duration(float64(at.Sub(t.Start)) / t.speedup))
}

// wait sleeps until that time; false if ctx ended first.
func wait(ctx context.Context, until time.Time) bool {
	d := time.Until(until)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
