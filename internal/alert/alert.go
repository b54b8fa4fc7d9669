// Package alert is what the platform tells people: one record for one thing that went wrong, however often it is noticed.
package alert

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Kind is what went wrong.
type Kind string

// RegistrationDenied is the alert about a certificate that was refused at its first connection.
const RegistrationDenied Kind = "registration_denied"

// Severity is how much it matters. It is the platform's one scale.
type Severity string

// The severities, gravest first.
const (
	Critical Severity = "CRITICAL"
	High     Severity = "HIGH"
	Medium   Severity = "MEDIUM"
	Low      Severity = "LOW"
	Info     Severity = "INFO"
)

// Status is how far people have come with it.
type Status string

// The statuses.
const (
	Open         Status = "OPEN"
	Acknowledged Status = "ACKNOWLEDGED"
	Resolved     Status = "RESOLVED"
)

// Operator is the audience of alerts about the platform itself.
const Operator = "operator"

// Retention is how long an alert is kept after it was last seen.
const Retention = 180 * 24 * time.Hour

// Alert is one record.
type Alert struct {
	ID       string // ULID: sorts by time
	VIN      string // the car, or another stable word where there is none
	Kind     Kind
	Severity Severity
	Status   Status
	Audience string // who is told
	FirstAt  time.Time
	LastAt   time.Time
	Count    int
	DedupKey string // what makes two notices the same alert
	Detail   string // one sentence for people
}

// crockford is the alphabet of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ID is the ULID of the alert with that dedup key that was first noticed at that time, to the millisecond. The same two always
// give the same id, so that whoever notices a thing twice writes one record.
func ID(at time.Time, dedupKey string) string {
	sum := sha256.Sum256([]byte(dedupKey))
	var b [16]byte                                               // 48 bits of time, 80 bits of the key's hash
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16) //nolint:gosec // times are after 1970
	copy(b[6:], sum[:10])
	return encode(b)
}

// encode writes 128 bits as 26 characters of 5 bits, the first of which has only 3.
func encode(b [16]byte) string {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = crockford[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return string(out[:])
}
