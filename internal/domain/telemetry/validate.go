package telemetry

import (
	"fmt"
	"time"

	"connectedcar/internal/domain/message"
)

// Limits of a message's times relative to its reception.
const (
	MaxSkew   = 5 * time.Minute    // a larger difference is flagged: a wrong clock, or a message that waited for a connection
	MaxAge    = 7 * 24 * time.Hour // older messages are quarantined: stored, never applied
	MaxFuture = time.Minute        // messages from later than this are quarantined
)

// Verdict is the result of checking a message's times. The zero value means that the message may be applied.
type Verdict struct {
	Quarantine message.Reason // empty if the message may be applied
	Detail     string         // text for people; empty if Quarantine is empty
	Skewed     bool           // the clock is more than MaxSkew off
	Lag        time.Duration  // from the newest sample to reception; negative if the car's clock is ahead
}

// Validate checks the times of all samples against now, the time at which the message was received. The oldest sample decides
// about age and the newest about the future, so that a message is applied whole or not at all.
func (m Message) Validate(now time.Time) Verdict {
	oldest, newest := m.Span()
	v := Verdict{Lag: now.Sub(newest)}
	switch age := now.Sub(oldest); {
	case age > MaxAge:
		v.Quarantine, v.Detail = message.TooOld, fmt.Sprintf("ts %s is %s old; allowed is up to %s",
			oldest.Format(time.RFC3339Nano), age.Round(time.Second), MaxAge)
	case -v.Lag > MaxFuture:
		v.Quarantine, v.Detail = message.Future, fmt.Sprintf("ts %s is %s in the future; allowed is up to %s",
			newest.Format(time.RFC3339Nano), (-v.Lag).Round(time.Millisecond), MaxFuture)
	default:
		v.Skewed = v.Lag > MaxSkew
	}
	return v
}

// ValidateTime checks the time of a message that has only one.
func ValidateTime(ts, now time.Time) Verdict { return Message{TS: ts}.Validate(now) }

// Span returns the times of the message's oldest and newest samples.
func (m Message) Span() (oldest, newest time.Time) {
	oldest, newest = m.TS, m.TS
	for _, sample := range m.Batch {
		at := m.SampleTime(sample)
		if at.Before(oldest) {
			oldest = at
		}
		if at.After(newest) {
			newest = at
		}
	}
	return oldest, newest
}

// SampleTime returns the time at which a sample of m was read.
func (m Message) SampleTime(s Sample) time.Time {
	return m.TS.Add(time.Duration(s.DtMs) * time.Millisecond)
}
