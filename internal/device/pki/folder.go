package pki

import (
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"connectedcar/internal/keyfile"
)

// Names of the files in an authority's folder. Keys are readable by their owner only (mode 0600, in a folder of mode 0700).
const (
	RootCertificate         = "root.pem"
	RootKey                 = "root.key"
	IntermediateCertificate = "intermediate.pem"
	IntermediateKey         = "intermediate.key"
	Chain                   = "chain.pem"        // intermediate, then root
	Verification            = "verification.pem" // exists only if a registration code was given
)

// ErrExists is the error for a folder that already has a certificate authority. Its keys are never overwritten, because the certificates of
// all cars depend on them.
var ErrExists = errors.New("certificate authority exists already; its keys are never overwritten")

// Folder is a directory with an authority's files.
type Folder string

func (d Folder) path(name string) string { return filepath.Join(string(d), name) }

var authorityFiles = []string{RootCertificate, RootKey, IntermediateCertificate, IntermediateKey, Chain}

// Exists returns ErrExists if the authority exists, nil if none of its files does, and otherwise an error that names the missing files.
func (d Folder) Exists() error {
	var there, missing []string
	for _, name := range authorityFiles {
		_, err := os.Lstat(d.path(name))
		switch {
		case err == nil:
			there = append(there, name)
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, name)
		default:
			return fmt.Errorf("look for certificate authority: %w", err)
		}
	}
	switch {
	case len(there) == 0:
		return nil
	case len(missing) == 0:
		return fmt.Errorf("%s: %w", d, ErrExists)
	default:
		return fmt.Errorf("%s holds %s but not %s: restore what is missing, or choose another folder", d, strings.Join(there, ", "), strings.Join(missing, ", "))
	}
}

// Init makes the root and the intermediate and writes them. It overwrites nothing: it fails with ErrExists if there is an authority.
func (d Folder) Init(organization string, now time.Time) error {
	if strings.TrimSpace(organization) == "" {
		return errors.New("organization is empty: name the manufacturer, for example ACME Motors")
	}
	if err := d.Exists(); err != nil {
		return err
	}
	root, err := NewRoot(organization, now)
	if err != nil {
		return err
	}
	intermediate, err := NewIntermediate(root, organization, now)
	if err != nil {
		return err
	}
	return d.write(root, intermediate)
}

func (d Folder) write(root, intermediate Pair) error {
	rootKey, err := root.KeyPEM()
	if err != nil {
		return err
	}
	intermediateKey, err := intermediate.KeyPEM()
	if err != nil {
		return err
	}
	return writeNew(string(d), []file{
		{RootKey, rootKey, 0o600},
		{IntermediateKey, intermediateKey, 0o600},
		{RootCertificate, root.CertificatePEM(), 0o644},
		{IntermediateCertificate, intermediate.CertificatePEM(), 0o644},
		{Chain, append(intermediate.CertificatePEM(), root.CertificatePEM()...), 0o644},
	})
}

// Verify writes the verification certificate for that registration code. It replaces an earlier one, which holds no secret.
func (d Folder) Verify(registrationCode string, now time.Time) error {
	issuer, err := d.Issuer()
	if err != nil {
		return err
	}
	c, err := NewVerification(issuer, registrationCode, now)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.path(Verification), encodeCertificate(c), 0o644); err != nil {
		return fmt.Errorf("write verification certificate: %w", err)
	}
	return nil
}

// Issuer reads the intermediate's certificate and key. It fails unless they belong together.
func (d Folder) Issuer() (Pair, error) {
	return loadPair("issuing CA", d.path(IntermediateCertificate), d.path(IntermediateKey))
}

// VerificationPEM returns the verification certificate. If there is none, the error describes how to make one.
func (d Folder) VerificationPEM() ([]byte, error) {
	b, err := os.ReadFile(d.path(Verification))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s does not exist: make it with `carctl ca init --if-missing --verification`, or register in mode sni-only, which needs none", d.path(Verification))
	}
	if err != nil {
		return nil, fmt.Errorf("read verification certificate: %w", err)
	}
	return b, nil
}

// loadPair reads a certificate and its key and checks that they belong together.
func loadPair(what, certFile, keyFile string) (Pair, error) {
	certText, err := readFile(what+"'s certificate", certFile)
	if err != nil {
		return Pair{}, err
	}
	keyText, err := readKey(what+"'s private key", keyFile)
	if err != nil {
		return Pair{}, err
	}
	c, err := ParseCertificate(certText)
	if err != nil {
		return Pair{}, fmt.Errorf("read %s: %w", certFile, err)
	}
	k, err := parseKey(keyText)
	if err != nil {
		return Pair{}, fmt.Errorf("read %s: %w", keyFile, err)
	}
	if !samePublicKey(c, k.Public()) {
		return Pair{}, fmt.Errorf("%s is not the key of %s", keyFile, certFile)
	}
	return Pair{Certificate: c, Key: k}, nil
}

func samePublicKey(c *x509.Certificate, public any) bool {
	k, ok := c.PublicKey.(*ecdsa.PublicKey)
	return ok && k.Equal(public)
}

func readFile(what, path string) ([]byte, error) { return readBy(os.ReadFile, what, path) }

func readKey(what, path string) ([]byte, error) { return readBy(keyfile.Read, what, path) }

func readBy(read func(string) ([]byte, error), what, path string) ([]byte, error) {
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s %s does not exist", what, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return b, nil
}

type file struct {
	name string
	text []byte
	mode fs.FileMode
}

// writeNew writes new files into dir. It writes all or none, and fails if one of them exists.
func writeNew(dir string, files []file) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	for i, f := range files {
		if err := writeExclusive(filepath.Join(dir, f.name), f.text, f.mode); err != nil {
			for _, done := range files[:i] {
				_ = os.Remove(filepath.Join(dir, done.name))
			}
			return err
		}
	}
	return nil
}

func writeExclusive(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
