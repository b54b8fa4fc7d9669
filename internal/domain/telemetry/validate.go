package telemetry

import (
	"fmt"
	"time"

	"connectedcar/internal/domain/message"
)

// Limits of a message's clock against the time at which it was received.
const (
	MaxSkew   = 5 * time.Minute    // more is flagged: a wrong clock, or a message that waited for a connection
	MaxAge    = 7 * 24 * time.Hour // older is quarantined: kept, never applied
	MaxFuture = time.Minute        // later is quarantined
)

// Verdict is the judgement of a message by its times. The zero value applies it.
type Verdict struct {
	Quarantine message.Reason // empty if the message may be applied
	Detail     string         // for people; empty with an empty Quarantine
	Skewed     bool           // the clock is more than MaxSkew off
	Lag        time.Duration  // reception after the newest sample; negative if the car's clock is ahead
}

// Validate judges the times of all samples against now, the time at which the message was received. The oldest sample decides
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

// ValidateTime judges the time of a message that has one alone.
func ValidateTime(ts, now time.Time) Verdict { return Message{TS: ts}.Validate(now) }

// Span is the time of the message's oldest and of its newest sample.
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
