// Package pki is a manufacturer's own public key infrastructure: a root, an intermediate that signs the certificates of cars, and those
// certificates. Keys are ECDSA P-256, which AWS IoT Core accepts and small controllers can use.
// https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"connectedcar/internal/domain/certificate"
)

// Validity of certificates. They start a little in the past, for devices whose clock is slow.
const (
	rootYears         = 20
	intermediateYears = 10
	// DefaultDays is the default validity of a car's certificate.
	DefaultDays = 365
	backdate    = 5 * time.Minute
)

// PEM block types.
const (
	certificateType = "CERTIFICATE"
	keyType         = "PRIVATE KEY"
)

// Pair is a certificate with its private key.
type Pair struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// CertificatePEM returns the certificate in PEM.
func (p Pair) CertificatePEM() []byte { return encodeCertificate(p.Certificate) }

// KeyPEM returns the private key in PEM, as PKCS #8.
func (p Pair) KeyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, fmt.Errorf("encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: der}), nil
}

// NewRoot makes a self-signed root for the organization, valid for 20 years. It allows one level of authorities below it.
func NewRoot(organization string, now time.Time) (Pair, error) {
	t := authority(organization, "Vehicle Root CA", 1)
	t.NotAfter = now.AddDate(rootYears, 0, 0)
	return sign(t, nil, now)
}

// NewIntermediate makes the authority that signs the certificates of cars. It may sign no further authority (path length 0).
func NewIntermediate(root Pair, organization string, now time.Time) (Pair, error) {
	t := authority(organization, "Vehicle Issuing CA", 0)
	t.NotAfter = now.AddDate(intermediateYears, 0, 0)
	return sign(t, &root, now)
}

// NewVerification makes the certificate that proves to AWS IoT possession of the issuer's key: its common name is the registration code of
// the account and region. Its own key is discarded.
func NewVerification(issuer Pair, registrationCode string, now time.Time) (*x509.Certificate, error) {
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: registrationCode},
		NotAfter:    now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	p, err := sign(t, &issuer, now)
	return p.Certificate, err
}

// NewCar makes the key and certificate of the car with that thing name, valid for that many days but no longer than the issuer. It fails if
// days is below 1 or above certificate.DefaultLifetime, or if the issuer has expired.
func NewCar(issuer Pair, thing string, days int, now time.Time) (Pair, error) {
	if longest := int(certificate.DefaultLifetime.Hours() / 24); days < 1 || days > longest {
		return Pair{}, fmt.Errorf("validity of %d days: allowed are 1 to %d", days, longest)
	}
	if !now.Before(issuer.Certificate.NotAfter) {
		return Pair{}, fmt.Errorf("issuing CA %q expired on %s", issuer.Certificate.Subject.CommonName, issuer.Certificate.NotAfter.Format(time.DateOnly))
	}
	t := &x509.Certificate{
		Subject:               pkix.Name{CommonName: thing, Organization: issuer.Certificate.Subject.Organization},
		NotAfter:              now.AddDate(0, 0, days),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	if t.NotAfter.After(issuer.Certificate.NotAfter) {
		t.NotAfter = issuer.Certificate.NotAfter
	}
	return sign(t, &issuer, now)
}

// CertificateID is the id that AWS IoT gives a certificate: the lower-case hexadecimal SHA-256 of its DER form.
// https://docs.aws.amazon.com/iot/latest/apireference/API_Certificate.html
func CertificateID(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

func authority(organization, name string, maxPathLen int) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{organization}, CommonName: organization + " " + name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            maxPathLen,
		MaxPathLenZero:        maxPathLen == 0,
	}
}

// sign makes a key, completes the template and signs it with the issuer's key. A nil issuer makes a self-signed certificate.
func sign(t *x509.Certificate, issuer *Pair, now time.Time) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make key of %s: %w", t.Subject.CommonName, err)
	}
	t.NotBefore = now.Add(-backdate)
	t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return Pair{}, fmt.Errorf("make serial number of %s: %w", t.Subject.CommonName, err)
	}
	parent, signer := t, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, fmt.Errorf("sign certificate of %s: %w", t.Subject.CommonName, err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, fmt.Errorf("read back certificate of %s: %w", t.Subject.CommonName, err)
	}
	return Pair{Certificate: c, Key: key}, nil
}

func encodeCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: c.Raw})
}

// ParseCertificate parses the first PEM block of a text. It fails unless that is a certificate.
func ParseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != certificateType {
		return nil, errors.New("no PEM block of type CERTIFICATE in it")
	}
	return x509.ParseCertificate(block.Bytes)
}

// parseKey reads a PKCS #8 or SEC 1 private key.
func parseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM block in it")
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("neither a PKCS #8 nor an EC private key: %w", err)
	}
	s, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", k)
	}
	return s, nil
}

// NewServer makes the key and certificate of a server with those DNS names, for tests and local gateways.
func NewServer(issuer Pair, names []string, now time.Time) (Pair, error) {
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		DNSNames:    names,
		NotAfter:    now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return sign(t, &issuer, now)
}
