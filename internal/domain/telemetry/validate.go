package telemetry

import (
	"fmt"
	"time"

	"connectedcar/internal/vin"
)

// Limits of a message's clock against the time at which it was received.
const (
	MaxSkew   = 5 * time.Minute    // more is flagged: a wrong clock, or a message that waited for a connection
	MaxAge    = 7 * 24 * time.Hour // older is quarantined: kept, never applied
	MaxFuture = time.Minute        // later is quarantined
)

// Reason says why a message was quarantined. It is a metric's dimension and part of stored envelopes, so values are stable.
type Reason string

// The reasons for quarantine.
const (
	Undecodable      Reason = "undecodable"       // not a JSON object
	SchemaInvalid    Reason = "schema_invalid"    // a field breaks the schema
	IdentityMismatch Reason = "identity_mismatch" // the stamps do not name one car
	TooOld           Reason = "too_old"           // a sample is older than MaxAge
	Future           Reason = "future"            // a sample is later than MaxFuture
)

// Reasons are all reasons for quarantine.
func Reasons() []Reason {
	return []Reason{Undecodable, SchemaInvalid, IdentityMismatch, TooOld, Future}
}

// Verdict is the judgement of a message by its times. The zero value applies it.
type Verdict struct {
	Quarantine Reason        // empty if the message may be applied
	Detail     string        // for people; empty with an empty Quarantine
	Skewed     bool          // the clock is more than MaxSkew off
	Lag        time.Duration // reception after the newest sample; negative if the car's clock is ahead
}

// Validate judges the times of all samples against now, the time at which the message was received. The oldest sample decides
// about age and the newest about the future, so that a message is applied whole or not at all.
func (m Message) Validate(now time.Time) Verdict {
	oldest, newest := m.Span()
	v := Verdict{Lag: now.Sub(newest)}
	switch age := now.Sub(oldest); {
	case age > MaxAge:
		v.Quarantine, v.Detail = TooOld, fmt.Sprintf("ts %s is %s old; allowed is up to %s",
			oldest.Format(time.RFC3339Nano), age.Round(time.Second), MaxAge)
	case -v.Lag > MaxFuture:
		v.Quarantine, v.Detail = Future, fmt.Sprintf("ts %s is %s in the future; allowed is up to %s",
			newest.Format(time.RFC3339Nano), (-v.Lag).Round(time.Millisecond), MaxFuture)
	default:
		v.Skewed = v.Lag > MaxSkew
	}
	return v
}

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

// Identity is the car that sent r: the stamps must agree and be a VIN. A car cannot write the stamps.
func (r Received) Identity() (vin.VIN, error) {
	v, err := vin.FromThingName(r.VIN)
	if err != nil {
		return "", fmt.Errorf("stamped vin: %w", err)
	}
	if r.ClientID != r.VIN {
		return "", fmt.Errorf("client %.64q published on the topic of %s; allowed is the client's own topic", r.ClientID, v)
	}
	return v, nil
}

// ReceivedAt is the time at which the rules engine took the message.
func (r Received) ReceivedAt() time.Time { return time.UnixMilli(r.IngestedAt).UTC() }
