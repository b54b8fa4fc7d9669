// Package registry is the device gateway's view of the IoT registry: certificates and their authorities, policies and their targets,
// things, and topic rules. A Source reads them from AWS IoT's control plane. A Registry holds the newest snapshot and reports changes.
package registry

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iot/types"

	"connectedcar/internal/twin/iot/policy"
)

// ErrNotFound is the error for a certificate or thing that is not in the registry.
var ErrNotFound = errors.New("not in the registry")

// Status is the status of a certificate.
type Status = types.CertificateStatus

// The statuses that the gateway distinguishes. It refuses certificates with any other status.
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
	CAID   string // authority that signed it; empty if that is not registered, or if the certificate comes from a list
}

// CA is a registered certificate authority.
type CA struct {
	ID           string
	Certificate  *x509.Certificate
	Active       bool
	AutoRegister bool // just-in-time registration is on
	SNIOnly      bool // devices must send a server name in the TLS handshake
}

// Thing is a registered thing, with the ARNs of the certificates attached to it.
type Thing struct {
	Name       string
	Type       string
	Attributes map[string]string
	Principals []string
}

// Rule is a deployed topic rule.
type Rule struct {
	Name     string
	SQL      string
	Version  string // version of the SQL: awsIotSqlVersion
	Disabled bool
	Actions  []types.Action
	OnError  *types.Action // nil: no error action
}

// Snapshot holds everything that the gateway reads from the registry, at one time. It is immutable.
type Snapshot struct {
	At           time.Time              // beginning of the reading; set by the Registry
	Certificates map[string]Certificate // by id
	CAs          map[string]CA          // by id
	Policies     map[string]policy.Named
	Attached     map[string][]string // ARN of the target (certificate, thing group) -> names of policies
	Groups       map[string][]string // thing -> ARNs of those of its thing groups that have policies
	Rules        []Rule              // by name
}

// PoliciesOf returns the policies of the certificate and of the thing's groups.
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
	// Snapshot reads everything that a Snapshot holds.
	Snapshot(ctx context.Context) (*Snapshot, error)
	// Certificate reads one certificate, or fails with ErrNotFound.
	Certificate(ctx context.Context, id string) (Certificate, error)
	// Thing reads one thing, or fails with ErrNotFound.
	Thing(ctx context.Context, name string) (Thing, error)
	// Register registers the certificate as PENDING_ACTIVATION. It returns a certificate that is already registered unchanged.
	Register(ctx context.Context, certificate *x509.Certificate, ca CA) (Certificate, error)
}
