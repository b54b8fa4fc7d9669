package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"time"

	"connectedcar/internal/device/pki"
	"connectedcar/internal/vin"
)

// wallet is the folder of cars' certificates, with the CA that issues missing ones.
type wallet struct {
	dir    string
	ca     pki.Folder
	issuer *pki.Pair // read at first use
}

// certificate returns the car's certificate, and issues one if there is none.
func (w *wallet) certificate(v vin.VIN) (tls.Certificate, error) {
	folder := pki.CarFolder(filepath.Join(w.dir, string(v)))
	if !folder.Exists() {
		if w.issuer == nil {
			issuer, err := w.ca.Issuer()
			if err != nil {
				return tls.Certificate{}, fmt.Errorf("car %s has no certificate, and none can be issued: %w", v, err)
			}
			w.issuer = &issuer
		}
		if _, err := folder.Issue(*w.issuer, v.ThingName(), pki.DefaultDays, time.Now()); err != nil {
			return tls.Certificate{}, err
		}
	}
	c, err := folder.TLS()
	if err != nil {
		return tls.Certificate{}, err
	}
	return c, checkLeaf(c, v)
}

// checkLeaf rejects a certificate that is of another car or has expired. The gateway would also reject it, but with a less clear error.
func checkLeaf(c tls.Certificate, v vin.VIN) error {
	leaf := c.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return fmt.Errorf("certificate of %s: %w", v, err)
		}
	}
	switch {
	case leaf.Subject.CommonName != v.ThingName():
		return fmt.Errorf("the certificate in the folder of %s is that of %q", v, leaf.Subject.CommonName)
	case time.Now().After(leaf.NotAfter):
		return fmt.Errorf("the certificate of %s expired on %s: `carctl cert issue %s --renew` makes a new one", v, leaf.NotAfter.Format(time.DateOnly), v)
	}
	return nil
}
