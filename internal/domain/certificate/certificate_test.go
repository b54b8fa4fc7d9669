package certificate_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/certificate"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const car = "WVWZZZ1JZXW000001"

// pair is a certificate with its key.
type pair struct {
	*x509.Certificate
	key crypto.Signer
}

func key(t *testing.T, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	return k
}

func rsaKey(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0") // weak keys exist in the field, but Go refuses to make them
	k, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return k
}

func sign(t *testing.T, template *x509.Certificate, issuer *pair, k crypto.Signer) pair {
	t.Helper()
	template.SerialNumber = big.NewInt(42)
	parent, signer := template, k
	if issuer != nil {
		parent, signer = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, k.Public(), signer)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return pair{c, k}
}

func authority(t *testing.T, name string, k crypto.Signer) pair {
	t.Helper()
	return sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, k)
}

func leaf() *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: car}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.AddDate(0, 1, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

func with(change func(*x509.Certificate)) *x509.Certificate {
	c := leaf()
	change(c)
	return c
}

func TestCheck(t *testing.T) {
	ca := authority(t, "Acme", key(t, elliptic.P256()))
	rsaCA := authority(t, "Acme RSA", rsaKey(t, 2048))
	namesake := authority(t, "Acme", key(t, elliptic.P256()))
	ed, err := func() (crypto.Signer, error) { _, k, err := ed25519.GenerateKey(rand.Reader); return k, err }()
	require.NoError(t, err)
	p256 := key(t, elliptic.P256())
	tests := map[string]struct {
		c    pair
		ca   pair
		want string // text of the error; empty: accepted
	}{
		"P-256":                     {c: sign(t, leaf(), &ca, p256), ca: ca},
		"P-384":                     {c: sign(t, leaf(), &ca, key(t, elliptic.P384())), ca: ca},
		"RSA of 2048 bits":          {c: sign(t, leaf(), &rsaCA, rsaKey(t, 2048)), ca: rsaCA},
		"RSA-PSS":                   {c: sign(t, with(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }), &rsaCA, p256), ca: rsaCA},
		"no extended key usage":     {c: sign(t, with(func(c *x509.Certificate) { c.ExtKeyUsage = nil }), &ca, p256), ca: ca},
		"valid in a minute":         {c: sign(t, with(func(c *x509.Certificate) { c.NotBefore = noon.Add(time.Minute) }), &ca, p256), ca: ca},
		"P-521":                     {c: sign(t, leaf(), &ca, key(t, elliptic.P521())), ca: ca, want: "elliptic curve P-521: allowed are P-256 and P-384"},
		"P-224":                     {c: sign(t, leaf(), &ca, key(t, elliptic.P224())), ca: ca, want: "elliptic curve P-224"},
		"RSA of 1024 bits":          {c: sign(t, leaf(), &rsaCA, rsaKey(t, 1024)), ca: rsaCA, want: "RSA key of 1024 bits: allowed are 2048 and more"},
		"Ed25519":                   {c: sign(t, leaf(), &ca, ed), ca: ca, want: "key algorithm Ed25519: allowed are RSA and ECDSA"},
		"expired":                   {c: sign(t, with(func(c *x509.Certificate) { c.NotAfter = noon.Add(-time.Second) }), &ca, p256), ca: ca, want: "expired at 2026-11-23T11:59:59Z"},
		"valid for five years":      {c: sign(t, with(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon, noon.AddDate(5, 0, 0) }), &ca, p256), ca: ca},
		"valid for six years":       {c: sign(t, with(func(c *x509.Certificate) { c.NotBefore, c.NotAfter = noon, noon.AddDate(6, 0, 0) }), &ca, p256), ca: ca, want: "valid for 2192 days: allowed are 1830"},
		"an authority of that name": {c: sign(t, leaf(), &namesake, p256), ca: ca, want: `not signed by authority "Acme"`},
		"signed by itself":          {c: sign(t, leaf(), nil, p256), ca: ca, want: "not signed by authority"},
		"a server's":                {c: sign(t, with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), &ca, p256), ca: ca, want: "does not allow client authentication"},
		"an authority's": {c: sign(t, with(func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid = true, true
		}), &ca, p256), ca: ca, want: "certificate authority's own"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := certificate.Check(tc.c.Certificate, tc.ca.Certificate, certificate.DefaultLifetime, noon)
			if tc.want == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, certificate.ErrUnacceptable)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestTheLongestValidityIsASetting(t *testing.T) {
	ca := authority(t, "Acme", key(t, elliptic.P256()))
	year := leaf()
	year.NotBefore, year.NotAfter = noon, noon.AddDate(1, 0, 0)
	c := sign(t, year, &ca, key(t, elliptic.P256()))
	require.NoError(t, certificate.Check(c.Certificate, ca.Certificate, 365*24*time.Hour, noon))
	require.ErrorContains(t, certificate.Check(c.Certificate, ca.Certificate, 364*24*time.Hour, noon), "valid for 365 days: allowed are 364")
}

func TestParseAndSubject(t *testing.T) {
	ca := authority(t, "Acme", key(t, elliptic.P256()))
	good := sign(t, leaf(), &ca, key(t, elliptic.P256()))
	c, err := certificate.Parse(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Raw})))
	require.NoError(t, err)
	v, err := certificate.Subject(c)
	require.NoError(t, err)
	assert.EqualValues(t, car, v)

	_, err = certificate.Subject(ca.Certificate)
	assert.ErrorIs(t, err, certificate.ErrUnacceptable)
	for _, text := range []string{"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		_, err := certificate.Parse(text)
		assert.ErrorIs(t, err, certificate.ErrUnacceptable, text)
	}
}

func TestACertificateThatIsNotValidYetIsNotUnacceptable(t *testing.T) {
	ca := authority(t, "Test CA", key(t, elliptic.P256()))
	early := sign(t, with(func(c *x509.Certificate) { c.NotBefore = noon.Add(time.Hour) }), &ca, key(t, elliptic.P256()))
	err := certificate.Check(early.Certificate, ca.Certificate, certificate.DefaultLifetime, noon)
	require.ErrorIs(t, err, certificate.ErrNotYetValid)
	require.NotErrorIs(t, err, certificate.ErrUnacceptable)
	assert.ErrorContains(t, err, "it begins at 2026-11-23T13:00:00Z")
	assert.NoError(t, certificate.Check(early.Certificate, ca.Certificate, certificate.DefaultLifetime, noon.Add(time.Hour)))

	stranger := authority(t, "Another CA", key(t, elliptic.P256()))
	require.ErrorIs(t, certificate.Check(early.Certificate, stranger.Certificate, certificate.DefaultLifetime, noon), certificate.ErrUnacceptable, "time does not mend a signature")
}

func TestTwoCommonNamesNameNoCar(t *testing.T) {
	names := pkix.Name{CommonName: car, ExtraNames: []pkix.AttributeTypeAndValue{
		{Type: []int{2, 5, 4, 3}, Value: car}, {Type: []int{2, 5, 4, 3}, Value: "WVWZZZ1JZXW000002"},
	}}
	ca := authority(t, "Test CA", key(t, elliptic.P256()))
	c := sign(t, with(func(c *x509.Certificate) { c.Subject = names }), &ca, key(t, elliptic.P256()))
	_, err := certificate.Subject(c.Certificate)
	require.ErrorIs(t, err, certificate.ErrUnacceptable)
	assert.ErrorContains(t, err, "2 common names; allowed is one")
}
