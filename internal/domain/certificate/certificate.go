// Package certificate validates the X.509 certificates with which cars identify themselves, and describes the record that the
// platform keeps of each.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/vin"
)

// MinRSABits is the smallest accepted size of an RSA key; AWS IoT Device Defender's audit reports smaller ones.
const MinRSABits = 2048

// MaxClockSkew is the tolerance for a validity that begins in the future, as two machines' clocks differ a little.
const MaxClockSkew = 5 * time.Minute

// DefaultLifetime is the longest accepted validity if the settings have none: five years, after which a stolen key is worthless.
// AWS IoT accepts any validity.
const DefaultLifetime = 5 * 366 * 24 * time.Hour

// ErrUnacceptable is wrapped by every error about a certificate that is well formed but may not identify a car.
var ErrUnacceptable = errors.New("unacceptable certificate")

// ErrNotYetValid is wrapped by errors about a certificate whose validity begins in the future and that is acceptable otherwise:
// two machines' clocks may differ. It never comes with ErrUnacceptable.
var ErrNotYetValid = errors.New("certificate is not valid yet")

// Parse reads one certificate in PEM.
func Parse(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%w: it is not PEM with a CERTIFICATE block", ErrUnacceptable)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnacceptable, err)
	}
	return c, nil
}

// commonName is the attribute of X.520 that names the car.
var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// Subject returns the car that a certificate names in its common name, even if Check rejects the certificate. Two common names
// are an error: x509.Certificate has the last, and AWS does not document which one the policy variables of AWS IoT use.
func Subject(c *x509.Certificate) (vin.VIN, error) {
	names := 0
	for _, attribute := range c.Subject.Names {
		if attribute.Type.Equal(commonName) {
			names++
		}
	}
	if names > 1 {
		return "", fmt.Errorf("%w: it has %d common names; allowed is one, the VIN", ErrUnacceptable, names)
	}
	v, err := vin.FromThingName(c.Subject.CommonName)
	if err != nil {
		return "", fmt.Errorf("%w: common name: %w", ErrUnacceptable, err)
	}
	return v, nil
}

// Check returns an error if c may not identify a car at that time: it must be signed by ca, be valid now, with a validity of at most
// longest, have a strong key and signature, and not be a CA. Errors wrap ErrUnacceptable, or ErrNotYetValid if nothing else is wrong.
func Check(c, ca *x509.Certificate, longest time.Duration, now time.Time) error {
	for _, check := range []func() error{
		func() error { return checkSignature(c, ca) },
		func() error { return checkExpiry(c, longest, now) },
		func() error { return checkKey(c) },
		func() error { return checkUse(c) },
	} {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrUnacceptable, err)
		}
	}
	if now.Add(MaxClockSkew).Before(c.NotBefore) {
		return fmt.Errorf("%w: it begins at %s", ErrNotYetValid, c.NotBefore.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkSignature accepts the algorithms that AWS IoT Core supports, except DSA.
// https://docs.aws.amazon.com/iot/latest/developerguide/x509-client-certs.html
func checkSignature(c, ca *x509.Certificate) error {
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
	default:
		return fmt.Errorf("signature algorithm %s: allowed are RSA and ECDSA with SHA-256, SHA-384 or SHA-512", c.SignatureAlgorithm)
	}
	if err := c.CheckSignatureFrom(ca); err != nil {
		return fmt.Errorf("not signed by authority %q: %w", ca.Subject.CommonName, err)
	}
	return nil
}

func checkExpiry(c *x509.Certificate, longest time.Duration, now time.Time) error {
	if now.After(c.NotAfter) {
		return fmt.Errorf("expired at %s", c.NotAfter.UTC().Format(time.RFC3339))
	}
	if lifetime := c.NotAfter.Sub(c.NotBefore); lifetime > longest {
		return fmt.Errorf("valid for %d days: allowed are %d", int(lifetime.Hours()/24), int(longest.Hours()/24))
	}
	return nil
}

func checkKey(c *x509.Certificate) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < MinRSABits {
			return fmt.Errorf("RSA key of %d bits: allowed are %d and more", bits, MinRSABits)
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return fmt.Errorf("elliptic curve %s: allowed are P-256 and P-384", key.Params().Name)
		}
	default:
		return fmt.Errorf("key algorithm %s: allowed are RSA and ECDSA", c.PublicKeyAlgorithm)
	}
	return nil
}

func checkUse(c *x509.Certificate) error {
	if c.IsCA {
		return errors.New("it is a certificate authority's own")
	}
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return nil // the certificate restricts no uses
	}
	for _, use := range c.ExtKeyUsage {
		if use == x509.ExtKeyUsageClientAuth || use == x509.ExtKeyUsageAny {
			return nil
		}
	}
	return errors.New("its extended key usage does not allow client authentication")
}
