package pki_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/device/pki"
)

const car = "WCC00000000000001"

func authority(t *testing.T) pki.Folder {
	t.Helper()
	d := pki.Folder(filepath.Join(t.TempDir(), "ca"))
	require.NoError(t, d.Init("ACME Motors", time.Now()))
	return d
}

func read(t *testing.T, parts ...string) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	c, err := pki.ParseCertificate(text)
	require.NoError(t, err)
	return c
}

func mode(t *testing.T, parts ...string) os.FileMode {
	t.Helper()
	info, err := os.Stat(filepath.Join(parts...))
	require.NoError(t, err)
	return info.Mode().Perm()
}

func TestKeysAreReadableByTheirOwnerAlone(t *testing.T) {
	d := authority(t)
	assert.Equal(t, os.FileMode(0o700), mode(t, string(d)))
	assert.Equal(t, os.FileMode(0o600), mode(t, string(d), pki.RootKey))
	assert.Equal(t, os.FileMode(0o600), mode(t, string(d), pki.IntermediateKey))
	assert.Equal(t, os.FileMode(0o644), mode(t, string(d), pki.Chain))
}

func TestIntermediateMaySignCarsButNoAuthority(t *testing.T) {
	c := read(t, string(authority(t)), pki.IntermediateCertificate)
	assert.True(t, c.IsCA)
	assert.True(t, c.MaxPathLenZero)
	assert.Equal(t, "ACME Motors Vehicle Issuing CA", c.Subject.CommonName)
}

func TestSecondInitKeepsTheKeys(t *testing.T) {
	d := authority(t)
	before, err := os.ReadFile(filepath.Join(string(d), pki.RootKey))
	require.NoError(t, err)
	assert.ErrorIs(t, d.Init("ACME Motors", time.Now()), pki.ErrExists)
	after, err := os.ReadFile(filepath.Join(string(d), pki.RootKey))
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestIncompleteFolderIsNotCompletedNorOverwritten(t *testing.T) {
	d := authority(t)
	require.NoError(t, os.Remove(filepath.Join(string(d), pki.IntermediateKey)))
	err := d.Init("ACME Motors", time.Now())
	require.ErrorContains(t, err, "not "+pki.IntermediateKey)
	assert.NotErrorIs(t, err, pki.ErrExists)
	_, err = d.Issuer()
	assert.ErrorContains(t, err, "issuing CA's private key")
}

func TestKeyOfAnotherAuthorityIsRefused(t *testing.T) {
	a, b := authority(t), authority(t)
	key, err := os.ReadFile(filepath.Join(string(b), pki.IntermediateKey))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(string(a), pki.IntermediateKey), key, 0o600))
	_, err = a.Issuer()
	assert.ErrorContains(t, err, "is not the key of")
}

func TestVerificationCertificateProvesTheIssuersKey(t *testing.T) {
	d := authority(t)
	_, err := d.VerificationPEM()
	require.ErrorContains(t, err, "carctl ca init --if-missing --verification")
	require.NoError(t, d.Verify("code-of-the-account", time.Now()))
	c := read(t, string(d), pki.Verification)
	assert.Equal(t, "code-of-the-account", c.Subject.CommonName)
	assert.NoError(t, c.CheckSignatureFrom(read(t, string(d), pki.IntermediateCertificate)))
	assert.False(t, c.IsCA)
}

func TestCarsCertificateChainsToTheRoot(t *testing.T) {
	d := authority(t)
	issuer, err := d.Issuer()
	require.NoError(t, err)
	folder := pki.CarFolder(filepath.Join(t.TempDir(), car))
	p, err := folder.Issue(issuer, car, 30, time.Now())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), mode(t, string(folder), pki.CarKey))

	pair, err := folder.TLS()
	require.NoError(t, err)
	require.Len(t, pair.Certificate, 2, "the intermediate is sent along")
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(read(t, string(d), pki.RootCertificate))
	between.AddCert(issuer.Certificate)
	_, err = p.Certificate.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	require.NoError(t, err)
	assert.Equal(t, car, p.Certificate.Subject.CommonName)
	assert.Len(t, pki.CertificateID(p.Certificate), 64)
	assert.WithinDuration(t, time.Now().AddDate(0, 0, 30), p.Certificate.NotAfter, time.Minute)
}

func TestRenewalKeepsTheOldCertificateAside(t *testing.T) {
	issuer, err := authority(t).Issuer()
	require.NoError(t, err)
	folder := pki.CarFolder(filepath.Join(t.TempDir(), car))
	old, err := folder.Issue(issuer, car, 1, time.Now())
	require.NoError(t, err)
	_, err = folder.Issue(issuer, car, 1, time.Now())
	require.ErrorIs(t, err, pki.ErrHasCertificate)

	_, err = folder.Renew(issuer, car, 0, time.Now())
	require.ErrorContains(t, err, "allowed are 1 to 1830")
	assert.Equal(t, old.Certificate.Raw, read(t, string(folder), pki.CarCertificate).Raw, "a failed renewal puts the old one back")

	fresh, err := folder.Renew(issuer, car, 1, time.Now())
	require.NoError(t, err)
	assert.NotEqual(t, old.Certificate.SerialNumber, fresh.Certificate.SerialNumber)
	kept, err := filepath.Glob(filepath.Join(string(folder), "car-*.pem"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	assert.Equal(t, old.Certificate.Raw, read(t, kept[0]).Raw)
}

func TestCarsCertificateNeverOutlivesItsIssuer(t *testing.T) {
	issuer, err := authority(t).Issuer()
	require.NoError(t, err)
	p, err := pki.NewCar(issuer, car, 1000, issuer.Certificate.NotAfter.AddDate(-1, 0, 0))
	require.NoError(t, err)
	assert.Equal(t, issuer.Certificate.NotAfter, p.Certificate.NotAfter)
	_, err = pki.NewCar(issuer, car, 1, issuer.Certificate.NotAfter.Add(time.Hour))
	assert.ErrorContains(t, err, "expired")
}
