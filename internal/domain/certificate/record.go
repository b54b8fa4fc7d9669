package certificate

import (
	"errors"
	"time"
)

// Status is the platform's decision about a certificate.
type Status string

// The statuses of a Record. Revoked is final.
const (
	Active  Status = "ACTIVE"
	Revoked Status = "REVOKED"
)

// OfAuthority returns the text that stands for the VIN in a Record and an alert if the certificate's CA may not speak for the car that
// it names, or it names none: one manufacturer's CA must not add entries to the lists of another's car.
func OfAuthority(caCertificateID string) string { return "CA#" + caCertificateID }

// ErrRevoked is returned on an attempt to make a revoked certificate active again.
var ErrRevoked = errors.New("certificate is revoked")

// ErrNotFound is returned for a certificate without a record.
var ErrNotFound = errors.New("no such certificate")

// Record is a row of the table Certificates.
type Record struct {
	VIN             string // or the result of OfAuthority
	CertificateID   string // SHA-256 of the certificate, lower-case hex
	CACertificateID string
	Status          Status
	Reason          string // reason of the revocation; empty while Active
	NotBefore       time.Time
	NotAfter        time.Time
	Serial          string    // serial number, decimal
	RegisteredAt    time.Time // when the registry first saw it
}
