// Package servercert issues the certificate that a local device gateway presents to devices. A local certificate authority signs it, and
// clients must be configured to trust that authority.
package servercert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"connectedcar/internal/keyfile"
)

// Files in the state folder.
const (
	CAFile      = "server-ca.pem" // the certificate that clients must trust
	caKeyFile   = "server-ca.key"
	certificate = "server.pem"
	key         = "server.key"
)

const (
	caYears    = 10
	serverDays = 397
	renewal    = 30 * 24 * time.Hour // renewed that long before its end
	backdate   = time.Hour           // for clients with a slow clock
)

// Ensure returns the certificate for those host names and addresses from the folder, and the path of its authority's certificate. It issues
// a certificate that is missing, about to expire, or for other hosts. It keeps an existing authority, so that clients need not change their
// trust.
func Ensure(dir string, hosts []string, now time.Time) (tls.Certificate, string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return tls.Certificate{}, "", fmt.Errorf("make state folder: %w", err)
	}
	caPath := filepath.Join(dir, CAFile)
	ca, err := load(caPath, filepath.Join(dir, caKeyFile))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && now.Add(renewal).After(ca.Leaf.NotAfter)) {
		ca, err = makeCA(dir, now)
	}
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("authority of the server certificate: %w", err)
	}
	server, err := load(filepath.Join(dir, certificate), filepath.Join(dir, key))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && !serves(server.Leaf, ca.Leaf, hosts, now)) {
		server, err = makeServer(dir, ca, hosts, now)
	}
	if err != nil {
		return tls.Certificate{}, "", fmt.Errorf("server certificate: %w", err)
	}
	return server, caPath, nil
}

func load(certificate, key string) (tls.Certificate, error) {
	if err := keyfile.Check(key); err != nil {
		return tls.Certificate{}, err
	}
	c, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return c, fmt.Errorf("read %s: %w", certificate, err)
	}
	return c, nil
}

func serves(c, ca *x509.Certificate, hosts []string, now time.Time) bool {
	if now.Add(renewal).After(c.NotAfter) || c.CheckSignatureFrom(ca) != nil {
		return false
	}
	return !slices.ContainsFunc(hosts, func(h string) bool { return c.VerifyHostname(h) != nil })
}

func makeCA(dir string, now time.Time) (tls.Certificate, error) {
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: "device gateway server CA"}, NotAfter: now.AddDate(caYears, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	return issue(t, nil, now, filepath.Join(dir, CAFile), filepath.Join(dir, caKeyFile))
}

func makeServer(dir string, ca tls.Certificate, hosts []string, now time.Time) (tls.Certificate, error) {
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: hosts[0]}, NotAfter: now.AddDate(0, 0, serverDays),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			continue
		}
		t.DNSNames = append(t.DNSNames, h)
	}
	return issue(t, &ca, now, filepath.Join(dir, certificate), filepath.Join(dir, key))
}

// issue makes a key, signs the certificate (with its own key if issuer is nil) and writes both files.
func issue(t *x509.Certificate, issuer *tls.Certificate, now time.Time, certificatePath, keyPath string) (tls.Certificate, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key: %w", err)
	}
	t.NotBefore = now.Add(-backdate)
	if t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return tls.Certificate{}, fmt.Errorf("make serial number: %w", err)
	}
	parent, signer := t, any(k)
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, k.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("sign: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("encode key: %w", err)
	}
	if err := write(keyPath, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return tls.Certificate{}, err
	}
	if err := write(certificatePath, "CERTIFICATE", der, 0o644); err != nil {
		return tls.Certificate{}, err
	}
	return load(certificatePath, keyPath)
}

// write replaces the whole file and sets its permissions, even if it existed with others.
func write(path, kind string, der []byte, mode fs.FileMode) error {
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
