package registration

import (
	"crypto/x509"
	"fmt"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// candidate is a certificate that is being processed.
type candidate struct {
	Presented
	authority names.CertificateAuthority
	x509      *x509.Certificate // nil if the PEM does not parse
	vin       vin.VIN           // empty if the common name is not a VIN
	at        time.Time         // when it was registered: the same in every run
	standing  standing          // set only for a denied certificate
}

// read parses the PEM and fills in the fields that follow from it.
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
		VIN: certificate.OfAuthority(c.CACertificateID), CertificateID: c.ID, CACertificateID: c.CACertificateID,
		Status: status, Reason: clip(reason), RegisteredAt: c.at,
	}
	if status == certificate.Active || c.standing == own {
		r.VIN = string(c.vin)
	}
	if c.x509 != nil {
		r.NotBefore, r.NotAfter, r.Serial = c.x509.NotBefore.UTC(), c.x509.NotAfter.UTC(), c.x509.SerialNumber.String()
	}
	return r
}

// standing is the relation of a certificate's authority to the car that the certificate names.
type standing uint8

const (
	stranger standing = iota // nobody announced the car, or the certificate names none
	foreign                  // the car is another manufacturer's
	own
)

// notice returns the alert of a denied certificate. There is one alert for each authority and announced car, and one for all other cars of
// an authority: the holder of a CA's key can invent any number of VINs.
func (c candidate) notice(record certificate.Record) alert.Notice {
	key := string(alert.RegistrationDenied) + "/" + c.CACertificateID
	if c.standing == foreign {
		key += "/" + string(c.vin)
	}
	return alert.Notice{VIN: record.VIN, Kind: alert.RegistrationDenied, DedupKey: key, At: c.at, Detail: record.Reason}
}

// second returns the alert of a car with more than one live certificate.
func (c candidate) second(live int) alert.Notice {
	return alert.Notice{
		VIN: string(c.vin), Kind: alert.SecondCertificate, At: c.at,
		Detail: fmt.Sprintf("The car has %d live certificates; the newest is %.12s. After a renewal revoke the old one; otherwise somebody else has the car's name.", live, c.ID),
	}
}

// clip shortens a text from a certificate, so that it cannot fill a table's row.
func clip(s string) string {
	const limit = 500
	if len(s) > limit {
		return s[:limit] + "..."
	}
	return s
}
