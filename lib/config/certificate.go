package config

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// readCertificate reads a PEM file with exactly one certificate. It returns the certificate as PEM without the surrounding text that the
// file may contain.
func readCertificate(dir, file string) (string, *x509.Certificate, error) {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, file)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	block, rest := pem.Decode(b)
	if block == nil {
		return "", nil, errors.New("it holds no PEM block")
	}
	if block.Type != "CERTIFICATE" {
		return "", nil, fmt.Errorf("it holds a %s, not a certificate", strings.ToLower(block.Type))
	}
	if next, _ := pem.Decode(rest); next != nil {
		return "", nil, errors.New("it holds more than one PEM block; AWS IoT takes the signing certificate alone")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", nil, fmt.Errorf("it holds no X.509 certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})), cert, nil
}

// certificateID is AWS IoT's id of a certificate: the SHA-256 of its DER form, in lower-case hexadecimal.
func certificateID(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

func checkCA(cert *x509.Certificate) error {
	if !cert.BasicConstraintsValid || !cert.IsCA {
		return fmt.Errorf("%q is not a CA certificate (basic constraints)", cert.Subject.CommonName)
	}
	if cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("%q may not sign certificates (key usage)", cert.Subject.CommonName)
	}
	return nil
}

func checkVerification(cert, ca *x509.Certificate) error {
	if err := cert.CheckSignatureFrom(ca); err != nil {
		return fmt.Errorf("it is not signed by %q: %w", ca.Subject.CommonName, err)
	}
	return nil
}
