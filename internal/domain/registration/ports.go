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

// The statuses that matter here. Certificates with any other status are left alone.
const (
	Pending Status = "PENDING_ACTIVATION"
	Active  Status = "ACTIVE"
	Revoked Status = "REVOKED"
)

// ErrUnknownCertificate is returned for a certificate that is not, or is no longer, in the registry.
var ErrUnknownCertificate = errors.New("certificate is not in the registry")

// ErrElsewhere is returned for a thing that belongs to another environment: an account has one registry, where names are unique.
var ErrElsewhere = errors.New("the thing is registered in another environment of this account")

// Presented is a certificate as it is in the registry.
type Presented struct {
	ID              string
	ARN             string // policies and things are attached to it
	CACertificateID string
	PEM             string
	Status          Status
	CreatedAt       time.Time // zero if the registry does not report it
}

// Certificates are the certificates of the registry.
type Certificates interface {
	// Certificate returns the certificate with that id; ErrUnknownCertificate if there is none.
	Certificate(ctx context.Context, id string) (Presented, error)
	// AuthorityPEM returns the certificate of the CA with that id, in PEM.
	AuthorityPEM(ctx context.Context, id string) (string, error)
	// SetStatus changes a certificate's status; setting the present status is no error.
	SetStatus(ctx context.Context, id string, status Status) error
}

// Thing is a car in the registry.
type Thing struct {
	Name       string
	Attributes map[string]string
}

// Things are the things of the registry. Each call does nothing if its result already exists.
type Things interface {
	// EnsureThing creates the thing, or updates the attributes of an existing one. ErrElsewhere if it belongs to another environment.
	EnsureThing(ctx context.Context, thing Thing) error
	// Join adds a thing to a group and leaves its other groups unchanged. A thing can be in only one group of a hierarchy.
	Join(ctx context.Context, thing, group string) error
	// AttachPolicies attaches the policies of all cars to the certificate.
	AttachPolicies(ctx context.Context, certificateARN string) error
	// AttachCertificate attaches the certificate to the thing exclusively, next to the thing's other ones. It fails if it is another thing's.
	AttachCertificate(ctx context.Context, thing, certificateARN string) error
}

// Vehicles is the allow-list of cars.
type Vehicles interface {
	// Vehicle returns the car with that VIN as last written; vehicle.ErrNotFound if there is none.
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	// MarkRegistered sets a car to REGISTERED with that thing name, and keeps the time of its first registration.
	// vehicle.ErrNotAllowed if the car is not, or is no longer, on that manufacturer's allow-list.
	MarkRegistered(ctx context.Context, v vin.VIN, manufacturer, thing string, at time.Time) error
}

// Records stores the records of certificates.
type Records interface {
	// PutRecord writes a record. certificate.ErrRevoked if an Active record would replace a Revoked one.
	PutRecord(ctx context.Context, r certificate.Record) error
	// Record returns the record as last written; certificate.ErrNotFound if there is none.
	Record(ctx context.Context, v, certificateID string) (certificate.Record, error)
	// Records lists the car's certificates, by id.
	Records(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[certificate.Record], error)
}

// Alerts raises alerts.
type Alerts interface {
	// Raise reports that something is wrong. Repeating a notice changes nothing, and other notices with its key increment the alert's count.
	Raise(ctx context.Context, n alert.Notice) (alert.Alert, bool, error)
}
