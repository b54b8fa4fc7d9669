package pki

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Names of the files in a car's folder.
const (
	CarCertificate = "car.pem" // the car's certificate, then the intermediate that signed it
	CarKey         = "car.key"
)

// ErrHasCertificate is the error for a car that already has a certificate.
var ErrHasCertificate = errors.New("has a certificate already; renew it to replace it")

// CarFolder is the directory with the key and certificate of one car.
type CarFolder string

func (d CarFolder) path(name string) string { return filepath.Join(string(d), name) }

// Exists reports whether the car has a key or certificate.
func (d CarFolder) Exists() bool {
	for _, name := range []string{CarCertificate, CarKey} {
		if _, err := os.Lstat(d.path(name)); err == nil {
			return true
		}
	}
	return false
}

// Issue makes the key and certificate of the car with that thing name, valid for that many days, and writes them. It fails with
// ErrHasCertificate if the car already has a key or certificate.
func (d CarFolder) Issue(issuer Pair, thing string, days int, now time.Time) (Pair, error) {
	if d.Exists() {
		return Pair{}, fmt.Errorf("car %s (%s): %w", thing, d, ErrHasCertificate)
	}
	p, err := NewCar(issuer, thing, days, now)
	if err != nil {
		return Pair{}, err
	}
	key, err := p.KeyPEM()
	if err != nil {
		return Pair{}, err
	}
	chain := append(p.CertificatePEM(), issuer.CertificatePEM()...)
	return p, writeNew(string(d), []file{{CarKey, key, 0o600}, {CarCertificate, chain, 0o644}})
}

// Renew issues a new key and certificate. It keeps the old ones beside them, with the time in the file names. A car without a certificate
// gets its first one. If issuing fails, the old files are restored.
func (d CarFolder) Renew(issuer Pair, thing string, days int, now time.Time) (Pair, error) {
	stamp := now.UTC().Format("20060102T150405.000Z")
	aside := map[string]string{CarKey: "car-" + stamp + ".key", CarCertificate: "car-" + stamp + ".pem"}
	for name, old := range aside {
		if err := os.Rename(d.path(name), d.path(old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Pair{}, fmt.Errorf("keep old certificate of %s: %w", thing, err)
		}
	}
	p, err := d.Issue(issuer, thing, days, now)
	if err != nil {
		for name, old := range aside {
			_ = os.Rename(d.path(old), d.path(name))
		}
		return Pair{}, err
	}
	return p, nil
}

// TLS reads the car's key and certificate chain, for a TLS client. It fails unless they belong together.
func (d CarFolder) TLS() (tls.Certificate, error) {
	chain, err := readFile("car's certificate", d.path(CarCertificate))
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readKey("car's private key", d.path(CarKey))
	if err != nil {
		return tls.Certificate{}, err
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read certificate of car in %s: %w", d, err)
	}
	return c, nil
}
