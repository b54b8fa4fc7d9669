package registration

import (
	"crypto/x509"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// candidate is a certificate on its way through a run.
type candidate struct {
	Presented
	authority names.CertificateAuthority
	x509      *x509.Certificate // nil if the PEM does not parse
	vin       vin.VIN           // empty if the common name is none
	at        time.Time         // when it was registered: the same in every run
}

// read fills in what the PEM says.
func (c *candidate) read() error {
	var err error
	if c.x509, err = certificate.Parse(c.PEM); err != nil {
		return err
	}
	c.vin, err = certificate.Subject(c.x509)
	return err
}

func (c candidate) record(status certificate.Status, reason string) certificate.Record {
	r := certificate.Record{
		VIN: certificate.UnknownVehicle, CertificateID: c.ID, CACertificateID: c.CACertificateID,
		Status: status, Reason: clip(reason), RegisteredAt: c.at,
	}
	if c.vin != "" {
		r.VIN = string(c.vin)
	}
	if c.x509 != nil {
		r.NotBefore, r.NotAfter, r.Serial = c.x509.NotBefore.UTC(), c.x509.NotAfter.UTC(), c.x509.SerialNumber.String()
	}
	return r
}

func (c candidate) alert(record certificate.Record) alert.Alert {
	key := string(alert.RegistrationDenied) + "/" + c.ID
	return alert.Alert{
		ID: alert.ID(c.at, key), VIN: record.VIN, Kind: alert.RegistrationDenied, Severity: alert.High, Status: alert.Open,
		Audience: alert.Operator, FirstAt: c.at, LastAt: c.at, Count: 1, DedupKey: key, Detail: record.Reason,
	}
}

// clip keeps what a certificate says of itself from filling a table's row.
func clip(s string) string {
	const limit = 500
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
