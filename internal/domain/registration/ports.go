package registration

import (
	"context"
	"errors"
	"time"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Status is a certificate's status in the registry.
type Status string

// The statuses that matter here. There are others; none of them is touched.
const (
	Pending Status = "PENDING_ACTIVATION"
	Active  Status = "ACTIVE"
	Revoked Status = "REVOKED"
)

// ErrUnknownCertificate says that the registry does not have a certificate (any more).
var ErrUnknownCertificate = errors.New("certificate is not in the registry")

// ErrElsewhere says that a thing belongs to another environment: an account has one registry, in which a name stands once.
var ErrElsewhere = errors.New("the thing is registered in another environment of this account")

// Presented is a certificate as the registry holds it.
type Presented struct {
	ID              string
	ARN             string // what policies and things are attached to
	CACertificateID string
	PEM             string
	Status          Status
	CreatedAt       time.Time // zero if the registry does not say
}

// Certificates is the registry's part that holds certificates.
type Certificates interface {
	// Certificate is the certificate with that id; ErrUnknownCertificate if there is none.
	Certificate(ctx context.Context, id string) (Presented, error)
	// AuthorityPEM is the certificate of the authority with that id.
	AuthorityPEM(ctx context.Context, id string) (string, error)
	// SetStatus changes a certificate's status; setting the one it has is no error.
	SetStatus(ctx context.Context, id string, status Status) error
}

// Thing is a car in the registry.
type Thing struct {
	Name       string
	Attributes map[string]string
}

// Things is the registry's part that holds things. Each call does nothing where its result is there already.
type Things interface {
	// EnsureThing creates the thing, or updates the attributes of the one there is. One of another environment is ErrElsewhere.
	EnsureThing(ctx context.Context, thing Thing) error
	// Join puts a thing into a group and leaves its other groups alone. A thing can be in one group of a hierarchy only.
	Join(ctx context.Context, thing, group string) error
	// AttachPolicies gives the certificate the policies of all cars.
	AttachPolicies(ctx context.Context, certificateARN string) error
	// AttachCertificate makes the certificate the thing's alone, beside those that the thing has. A certificate of another thing is refused.
	AttachCertificate(ctx context.Context, thing, certificateARN string) error
}

// Vehicles is the allow-list.
type Vehicles interface {
	// Vehicle is the car with that VIN as last written; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	// MarkRegistered makes a car REGISTERED under that thing name, keeping the time of its first registration. It is
	// vehicle.ErrNotAllowed if the car is not (any more) on that manufacturer's allow-list.
	MarkRegistered(ctx context.Context, v vin.VIN, manufacturer, thing string, at time.Time) error
}

// Records is the history of certificates.
type Records interface {
	// PutRecord writes a record. An Active record never replaces a Revoked one: that is certificate.ErrRevoked.
	PutRecord(ctx context.Context, r certificate.Record) error
	// Record is the record as last written; certificate.ErrNotFound if there is none.
	Record(ctx context.Context, v, certificateID string) (certificate.Record, error)
	// Records are the car's certificates, by id.
	Records(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error)
}

// Alerts tells people.
type Alerts interface {
	// Raise says that something is wrong. The same notice twice is one, and others with its key count the alert up.
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
}
