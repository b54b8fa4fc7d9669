package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"connectedcar/internal/twin/iot/gateway/principal"
	"connectedcar/internal/twin/iot/gateway/registry"
	"connectedcar/internal/twin/iot/policy"
)

// identity is the registry's record of the certificate that the TLS handshake verified, or the signer of the request for a WebSocket.
// https://docs.aws.amazon.com/iot/latest/developerguide/transport-security.html
type identity struct {
	signer      *principal.Principal // nil: the client authenticated with a certificate
	certificate registry.Certificate
	attributes  *policy.Certificate // certificate attributes for policy variables
	subject     string              // common name of the certificate, for logs
	sourceIP    netip.Addr
	serverName  string
}

// name is the id of the certificate or of the signer.
func (id *identity) name() string {
	if id.signer != nil {
		return id.signer.ID
	}
	return id.certificate.ID
}

// target is the principal to which policies and things are attached.
func (id *identity) target() string {
	if id.signer != nil {
		return id.signer.Identity
	}
	return id.certificate.ARN
}

// errPending is the error for a certificate that is pending activation.
var errPending = errors.New("certificate is not active yet: registration was announced")

// maxLookup is the longest time for the registry calls of one TLS handshake.
const maxLookup = 5 * time.Second

// identify finds the certificate in the registry. It registers an unknown certificate just in time if its authority allows that. With
// errPending, it returns the identity too.
func (g *Gateway) identify(ctx context.Context, state tls.ConnectionState, remote net.Addr) (*identity, error) {
	if len(state.PeerCertificates) == 0 {
		return nil, errors.New("no client certificate")
	}
	leaf := state.PeerCertificates[0]
	id := &identity{subject: leaf.Subject.CommonName, sourceIP: addressOf(remote), serverName: state.ServerName}
	if now := g.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return nil, fmt.Errorf("certificate is valid from %s to %s", leaf.NotBefore.Format(time.RFC3339), leaf.NotAfter.Format(time.RFC3339))
	}
	ctx, cancel := context.WithTimeout(ctx, maxLookup)
	defer cancel()
	c, err := g.registry.Certificate(ctx, registry.CertificateID(leaf))
	if errors.Is(err, registry.ErrNotFound) {
		c, err = g.registerJustInTime(ctx, leaf, id)
	}
	if err != nil {
		return nil, err
	}
	id.certificate, id.attributes = c, policy.CertificateOf(leaf)
	switch c.Status {
	case registry.Active:
		return id, g.requireSNI(id, c.CAID)
	case registry.Pending:
		return id, errPending
	}
	return nil, mustBeActive(c)
}

func mustBeActive(c registry.Certificate) error {
	if c.Status != registry.Active {
		return fmt.Errorf("certificate is %s", c.Status)
	}
	return nil
}

// requireSNI refuses devices of an SNI_ONLY authority that send no server name.
func (g *Gateway) requireSNI(id *identity, caID string) error {
	if ca, ok := g.registry.Current().CAs[caID]; ok && ca.SNIOnly && !g.namesServer(id) {
		return errNoSNI
	}
	return nil
}

var errNoSNI = errors.New("no server name in the TLS handshake (SNI), which the certificate's authority requires")

// namesServer reports whether the handshake had a server name. With RelaxSNI, clients on this machine may omit it, because a client that
// connects to an IP address cannot send one.
func (g *Gateway) namesServer(id *identity) bool {
	return id.serverName != "" || (g.config.RelaxSNI && id.sourceIP.IsLoopback())
}

// registerJustInTime registers the certificate if an active authority with auto-registration signed it.
func (g *Gateway) registerJustInTime(ctx context.Context, leaf *x509.Certificate, id *identity) (registry.Certificate, error) {
	ca, err := signerOf(leaf, g.registry.Current().CAs, g.now())
	if err != nil {
		return registry.Certificate{}, err
	}
	if !g.namesServer(id) {
		return registry.Certificate{}, errNoSNI
	}
	c, err := g.registry.Register(ctx, leaf, ca)
	if err == nil {
		g.log.Info("certificate registered just in time", "certificate_id", c.ID, "ca_certificate_id", c.CAID, "status", c.Status)
	}
	return c, err
}

// signerOf finds the authority that signed the certificate and may register it.
func signerOf(leaf *x509.Certificate, cas map[string]registry.CA, now time.Time) (registry.CA, error) {
	refusal := errors.New("certificate is unknown, and so is the authority that signed it")
	for _, ca := range cas {
		if !slices.Equal(ca.Certificate.RawSubject, leaf.RawIssuer) || leaf.CheckSignatureFrom(ca.Certificate) != nil {
			continue
		}
		switch {
		case !ca.Active:
			refusal = fmt.Errorf("certificate is unknown, and its authority %s is INACTIVE", ca.ID)
		case !ca.AutoRegister:
			refusal = fmt.Errorf("certificate is unknown, and its authority %s has auto-registration off", ca.ID)
		case now.After(ca.Certificate.NotAfter) || now.Before(ca.Certificate.NotBefore):
			refusal = fmt.Errorf("certificate is unknown, and its authority %s is valid from %s to %s", ca.ID,
				ca.Certificate.NotBefore.Format(time.RFC3339), ca.Certificate.NotAfter.Format(time.RFC3339))
		default:
			return ca, nil
		}
	}
	return registry.CA{}, refusal
}

func addressOf(a net.Addr) netip.Addr {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap()
}
