// Package registration decides about a certificate that a car presents for the first time: it either registers the car as a thing
// and activates the certificate, or revokes it and raises an alert with the reason.
//
// Every step may run twice and two runs may overlap. The certificate's status changes last: while it is pending, AWS IoT
// announces the certificate again at the car's next connection, so the next run completes one that stopped halfway.
package registration

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"connectedcar/internal/errs"
)

// Event is AWS IoT's message on $aws/events/certificates/registered/<caCertificateId>.
type Event struct {
	CertificateID   string
	CACertificateID string
	At              time.Time // when the certificate was registered; if AWS does not report that, when the event was sent
}

var certificateID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseEvent decodes an event. AWS sends certificateRegistrationTimestamp as a string, as a number or as null.
// The error's category is errs.Invalid.
func ParseEvent(b []byte) (Event, error) {
	var in struct {
		CertificateID   string `json:"certificateId"`
		CACertificateID string `json:"caCertificateId"`
		Timestamp       millis `json:"timestamp"`
		Registered      millis `json:"certificateRegistrationTimestamp"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return Event{}, errs.As(errs.Invalid, fmt.Errorf("registration event: %w", err))
	}
	for name, id := range map[string]string{"certificateId": in.CertificateID, "caCertificateId": in.CACertificateID} {
		if !certificateID.MatchString(id) {
			return Event{}, errs.As(errs.Invalid, fmt.Errorf("registration event: %s is %.80q; allowed are 64 lower-case hexadecimal digits", name, id))
		}
	}
	at := in.Registered
	if at == 0 {
		at = in.Timestamp
	}
	return Event{CertificateID: in.CertificateID, CACertificateID: in.CACertificateID, At: time.UnixMilli(int64(at)).UTC()}, nil
}

// millis is a time in milliseconds since 1970, written as a number, as a string or as null.
type millis int64

func (m *millis) UnmarshalJSON(b []byte) error {
	s := string(b)
	if s == "null" || s == `""` {
		*m = 0
		return nil
	}
	if unquoted, err := strconv.Unquote(s); err == nil {
		s = unquoted
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n >= 1<<48 {
		return fmt.Errorf("time %.40s: allowed are milliseconds since 1970", b)
	}
	*m = millis(n)
	return nil
}
