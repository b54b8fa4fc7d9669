// Package drive runs cars: it publishes the messages of simulated and recorded drives when they are due and waits until every message is
// acknowledged.
package drive

import (
	"context"
	"math"
	"time"
)

// Timeline maps the time of a drive to the time of day. A drive that is played faster than real time starts in the past, so that no message
// has a timestamp after the time at which it is sent.
type Timeline struct {
	Start   time.Time // of the drive's own clock
	begun   time.Time // real time at Start
	speedup float64   // infinite: as fast as possible
}

// margin moves the start of a drive back, so that its last messages, which may come a little after the planned end, are not stamped in the
// future.
const margin = 3 * time.Second

// NewTimeline makes the timeline of a drive with that duration that begins now. A speedup of 0 means as fast as possible.
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

// Due returns the real time at which a message of that time in the drive is sent.
func (t Timeline) Due(at time.Time) time.Time {
	if math.IsInf(t.speedup, 1) {
		return t.begun
	}
	return t.begun.Add(time.Duration(float64(at.Sub(t.Start)) / t.speedup))
}

// wait sleeps until that time. It returns false if ctx ended first.
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
