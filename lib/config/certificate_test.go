package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/lib/config"
)

type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate; without an issuer the certificate is self-signed.
func issue(t *testing.T, name string, isCA bool, issuer *pair) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: isCA,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if isCA {
		template.KeyUsage = x509.KeyUsageCertSign
	}
	by := pair{template, key}
	if issuer != nil {
		by = *issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return pair{cert, key}
}

func file(t *testing.T, dir, name, kind string, contents ...[]byte) {
	t.Helper()
	var text []byte
	for _, c := range contents {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: c})...)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
}

// authorities writes the files of a CA, of its verification certificate, and of invalid alternatives to both.
func authorities(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ca := issue(t, "Acme CA", true, nil)
	file(t, dir, "ca.pem", "CERTIFICATE", ca.cert.Raw)
	file(t, dir, "verification.pem", "CERTIFICATE", issue(t, "code", false, &ca).cert.Raw)
	stranger := issue(t, "Other CA", true, nil)
	file(t, dir, "foreign.pem", "CERTIFICATE", issue(t, "code", false, &stranger).cert.Raw)
	file(t, dir, "chain.pem", "CERTIFICATE", ca.cert.Raw, stranger.cert.Raw)
	file(t, dir, "leaf.pem", "CERTIFICATE", issue(t, "a car", false, &ca).cert.Raw)
	file(t, dir, "broken.pem", "CERTIFICATE", []byte("no DER"))
	key, err := x509.MarshalECPrivateKey(ca.key)
	require.NoError(t, err)
	file(t, dir, "key.pem", "EC PRIVATE KEY", key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "text.pem"), []byte("hello"), 0o600))
	return dir
}

func load(t *testing.T, dir, ca, verification string) ([]config.Settings, error) {
	t.Helper()
	makers := fmt.Sprintf(`[{"id": "acme", "name": "Acme", "caCertificates": [{"file": %q, "verificationFile": %q}]}]`, ca, verification)
	return config.Load(context(t, three, map[string]any{"env": "dev", "manufacturers": makers}), dir)
}

func TestCAWithAndWithoutVerification(t *testing.T) {
	dir := authorities(t)
	all, err := load(t, dir, "ca.pem", "")
	require.NoError(t, err)
	require.Len(t, all[0].Manufacturers[0].CAs, 1)
	assert.Contains(t, all[0].Manufacturers[0].CAs[0].PEM, "BEGIN CERTIFICATE")
	assert.Empty(t, all[0].Manufacturers[0].CAs[0].VerificationPEM)

	all, err = load(t, "elsewhere", filepath.Join(dir, "ca.pem"), filepath.Join(dir, "verification.pem"))
	require.NoError(t, err, "absolute names do not depend on the folder")
	assert.Contains(t, all[0].Manufacturers[0].CAs[0].VerificationPEM, "BEGIN CERTIFICATE")
}

// TestIDOfACAIsTheFingerprintOfItsCertificate compares the id with the output of `openssl x509 -fingerprint -sha256`.
func TestIDOfACAIsTheFingerprintOfItsCertificate(t *testing.T) {
	all, err := load(t, filepath.Join("..", "..", "test", "snapshot", "testdata", "ca"), "ca.pem", "")
	require.NoError(t, err)
	assert.Equal(t, "997e5214b3d01902378dc4d7ee45f90851dc2b8954eab55b816bcc767705191e", all[0].Manufacturers[0].CAs[0].ID)
}

func TestAnOldCAAndItsSuccessorOverlap(t *testing.T) {
	dir := authorities(t)
	next := issue(t, "Acme CA 2", true, nil)
	file(t, dir, "next.pem", "CERTIFICATE", next.cert.Raw)
	makers := `[{"id": "acme", "name": "Acme", "caCertificates": [{"file": "ca.pem"}, {"file": "next.pem"}]}]`
	all, err := config.Load(context(t, three, map[string]any{"env": "dev", "manufacturers": makers}), dir)
	require.NoError(t, err)
	require.Len(t, all[0].Manufacturers[0].CAs, 2)
	assert.NotEqual(t, all[0].Manufacturers[0].CAs[0].ID, all[0].Manufacturers[0].CAs[1].ID)

	makers = `[{"id": "acme", "name": "Acme", "caCertificates": [{"file": "ca.pem"}, {"file": "ca.pem"}]}]`
	_, err = config.Load(context(t, three, map[string]any{"env": "dev", "manufacturers": makers}), dir)
	assert.ErrorContains(t, err, "is a CA of manufacturer acme already")
}

func TestWhatIsNoCAIsRefused(t *testing.T) {
	dir := authorities(t)
	for name, tc := range map[string]struct{ ca, verification, want string }{
		"a file that is missing":               {"none.pem", "", "none.pem: no such file or directory"},
		"a file without PEM":                   {"text.pem", "", "it holds no PEM block"},
		"a private key":                        {"key.pem", "", "it holds a ec private key, not a certificate"},
		"a certificate that does not decode":   {"broken.pem", "", "it holds no X.509 certificate"},
		"a chain":                              {"chain.pem", "", "more than one PEM block"},
		"a car's certificate":                  {"leaf.pem", "", `"a car" is not a CA certificate`},
		"another CA's verification":            {"ca.pem", "foreign.pem", `it is not signed by "Acme CA"`},
		"a verification certificate not there": {"ca.pem", "none.pem", "none.pem: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, dir, tc.ca, tc.verification)
			assert.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "PRIVATE")
		})
	}
}
