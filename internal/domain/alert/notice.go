package alert

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"connectedcar/internal/errs"
)

// Notice reports that something is wrong. Raising the same notice twice has the effect of raising it once.
type Notice struct {
	VIN  string `json:"vin"` // the car, or another stable text for an alert about no single car
	Kind Kind   `json:"kind"`
	// Manufacturer is notified, for a kind of scope Maker; empty notifies the platform's operators instead.
	Manufacturer string    `json:"manufacturer,omitempty"`
	DedupKey     string    `json:"dedupKey"`           // notices with the same VIN and key belong to the same alert; empty means the kind
	At           time.Time `json:"at"`                 // when it happened, by the sender's clock; to the millisecond
	Severity     Severity  `json:"severity,omitempty"` // empty means the default of the kind

	Value     *float64 `json:"value,omitempty"`     // measured value, if any
	Threshold *float64 `json:"threshold,omitempty"` // the limit that Value passed, if any
	Unit      string   `json:"unit,omitempty"`
	TripID    string   `json:"tripId,omitempty"`
	Detail    string   `json:"detail"` // one sentence for people, without a position; at most MaxDetail bytes are kept
}

// MaxDetail is the number of bytes after which a Detail is cut off.
const MaxDetail = 500

// keyPattern restricts dedup keys, as they are part of sort keys and log lines.
var keyPattern = regexp.MustCompile(`^[A-Za-z0-9_.:/#-]{1,200}$`)

// Validate returns the error that Raise would return for an invalid notice, of category errs.Invalid.
func (n Notice) Validate() error {
	_, err := n.complete()
	return err
}

// complete checks a notice and fills in the defaults of its kind.
func (n Notice) complete() (Notice, error) {
	policy, known := n.Kind.Policy()
	if !known {
		return n, invalid("kind is %.80q; allowed are %s and %s<VSS path>", n.Kind, Kinds(), anomalyPrefix)
	}
	if n.DedupKey == "" {
		n.DedupKey = string(n.Kind)
	}
	if n.Severity == "" {
		n.Severity = policy.Severity
	}
	if !n.Severity.Known() {
		return n, invalid("severity is %.20q; allowed are %s", n.Severity, Severities())
	}
	if err := checkKey(n.VIN, n.DedupKey, n.At); err != nil {
		return n, err
	}
	n.At = n.At.UTC().Truncate(time.Millisecond)
	n.Detail = clip(n.Detail, MaxDetail)
	return n, nil
}

func checkKey(vin, dedupKey string, at time.Time) error {
	switch {
	case vin == "":
		return invalid("the VIN is missing")
	case !keyPattern.MatchString(dedupKey):
		return invalid("dedup key is %.220q; allowed are 1 to 200 of letters, digits and _.:/#-", dedupKey)
	case at.UnixMilli() <= 0:
		return invalid("time is %s; allowed is any after 1970", at)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return errs.As(errs.Invalid, fmt.Errorf("alert notice: "+format, args...))
}

// clip cuts a text to at most so many bytes without splitting a character.
func clip(s string, bytes int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}
