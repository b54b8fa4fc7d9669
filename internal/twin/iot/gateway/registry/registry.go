// Package registry is the device gateway's view of the IoT registry: certificates and their authorities, policies and what they
// are attached to, things, and topic rules. A Source reads them from AWS IoT's control plane; a Registry keeps the newest view of
// it and tells what changed.
package registry

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/twin/iot/policy"
)

// ErrNotFound says that the registry has no such certificate or thing.
var ErrNotFound = errors.New("not in the registry")

// Status of a certificate.
type Status = types.CertificateStatus

// The states of a certificate that the gateway tells apart; it refuses all others.
const (
	Active  = types.CertificateStatusActive
	Pending = types.CertificateStatusPendingActivation
	Revoked = types.CertificateStatusRevoked
)

// Certificate is a registered device certificate.
type Certificate struct {
	ID     string // lower-case hexadecimal SHA-256 of the DER form
	ARN    string
	Status Status
	CAID   string // the authority that signed it; empty when it is not registered, or when the certificate comes from a list
}

// CA is a registered certificate authority.
type CA struct {
	ID           string
	Certificate  *x509.Certificate
	Active       bool
	AutoRegister bool // just-in-time registration is on
	SNIOnly      bool // devices must name the gateway in the TLS handshake
}

// Thing is a registered thing, with the ARNs of the certificates attached to it.
type Thing struct {
	Name       string
	Type       string
	Attributes map[string]string
	Principals []string
}

// Rule is a topic rule as it is deployed.
type Rule struct {
	Name     string
	SQL      string
	Version  string // of the SQL: awsIotSqlVersion
	Disabled bool
	Actions  []types.Action
	OnError  *types.Action // nil: without error action
}

// Snapshot is everything that the gateway watches, at one time. It is never changed once it is made.
type Snapshot struct {
	At           time.Time              // when its reading began; set by the Registry
	Certificates map[string]Certificate // by id
	CAs          map[string]CA          // by id
	Policies     map[string]policy.Named
	Attached     map[string][]string // target's ARN (certificate, thing group) -> names of policies
	Groups       map[string][]string // thing -> ARNs of its thing groups, of those that have policies
	Rules        []Rule              // by name
}

// PoliciesOf are the policies of the certificate and of the thing's groups.
func (s *Snapshot) PoliciesOf(certificateARN, thing string) policy.Set {
	var names []string
	seen := map[string]bool{}
	for _, target := range append([]string{certificateARN}, s.Groups[thing]...) {
		for _, n := range s.Attached[target] {
			if !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	set := make([]policy.Named, 0, len(names))
	for _, n := range names {
		if p, ok := s.Policies[n]; ok {
			set = append(set, p)
		}
	}
	return policy.NewSet(set...)
}

// Source reads the registry and registers certificates.
type Source interface {
	// Snapshot reads everything that is watched.
	Snapshot(ctx context.Context) (*Snapshot, error)
	// Certificate reads one certificate, or fails with ErrNotFound.
	Certificate(ctx context.Context, id string) (Certificate, error)
	// Thing reads one thing, or fails with ErrNotFound.
	Thing(ctx context.Context, name string) (Thing, error)
	// Register makes the certificate known as PENDING_ACTIVATION. One that is known already is returned as it is.
	Register(ctx context.Context, certificate *x509.Certificate, ca CA) (Certificate, error)
}
