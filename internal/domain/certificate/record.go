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

// OfAuthority stands in a Record and an alert for the VIN where a certificate is no business of the car that it names, if it names one: a
// maker's CA says nothing about another maker's car, and must not fill that car's lists.
func OfAuthority(caCertificateID string) string { return "CA#" + caCertificateID }

// ErrRevoked says that a record of a revoked certificate cannot become active again.
var ErrRevoked = errors.New("certificate is revoked")

// ErrNotFound says that there is no record of a certificate.
var ErrNotFound = errors.New("no such certificate")

// Record is a row of the table Certificates.
type Record struct {
	VIN             string // or OfAuthority
	CertificateID   string // SHA-256 of the certificate, lower-case hex
	CACertificateID string
	Status          Status
	Reason          string // why it is Revoked; empty while Active
	NotBefore       time.Time
	NotAfter        time.Time
	Serial          string    // decimal
	RegisteredAt    time.Time // when the registry first saw it
}
