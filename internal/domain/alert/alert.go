// Package alert keeps alerts: one record for one thing that went wrong, however often and in whatever order
// its notices arrive.
package alert

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"connectedcar/internal/errs"
)

// Status is the state of an alert's handling.
type Status string

// The statuses.
const (
	Open         Status = "OPEN"
	Acknowledged Status = "ACKNOWLEDGED"
	Resolved     Status = "RESOLVED"
)

// Operator is the audience of alerts about the platform itself.
const Operator = "operator"

// ManufacturerAudience returns the audience of the alerts of a manufacturer's cars.
func ManufacturerAudience(manufacturer string) string { return "manufacturer#" + manufacturer }

// Retention is the time that an alert is kept after it was last seen.
const Retention = 180 * 24 * time.Hour

// ErrNotFound is returned for an alert that does not exist.
var ErrNotFound = errs.As(errs.NotFound, errors.New("no such alert"))

// Alert is the record of one thing that went wrong.
type Alert struct {
	ID       string // ULID of FirstAt and DedupKey: sorts by time
	VIN      string // the car, or another stable text for an alert about no single car
	Kind     Kind
	Severity Severity // the gravest of all notices
	Status   Status
	Audience string // who is notified besides the car's users: Operator or a ManufacturerAudience; empty for nobody
	DealerID string // the car's dealer, or the last one if the alert is resolved; empty if there was none or the kind is not for dealers
	FirstAt  time.Time
	LastAt   time.Time // time of the newest notice; repeats count to the minute
	Count    int       // number of notices; repeats count once a minute
	DedupKey string    // notices with the same key belong to the same alert

	Value     *float64 // measured value and its unit, of the gravest notice
	Threshold *float64 // the limit that Value passed
	Unit      string
	TripID    string
	Detail    string // one sentence for people

	AcknowledgedBy string // user id (sub); empty until Acknowledged
	AcknowledgedAt time.Time
	ResolvedBy     string    // user id (sub); empty if no person resolved it
	ResolvedAt     time.Time // zero unless Resolved
}

// crockford is the alphabet of ULIDs.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ID returns the ULID of the alert that was first noticed at a time, to the millisecond, with a dedup key. The same arguments
// always return the same id, so a notice that is processed twice writes one record.
func ID(at time.Time, dedupKey string) string {
	sum := sha256.Sum256([]byte(dedupKey))
	var b [16]byte                                               // 48 bits of time, 80 bits of the key's hash
	binary.BigEndian.PutUint64(b[:], uint64(at.UnixMilli())<<16) // times are after 1970
	copy(b[6:], sum[:10])
	return encode(b)
}

// FirstID returns a text that sorts before the ids of all alerts that were first noticed at that time or later, and after all earlier ones.
func FirstID(at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(max(0, at.UnixMilli()))<<16) // not negative: no overflow
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
