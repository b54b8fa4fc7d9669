package registration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/names"
	"connectedcar/internal/vin"
)

// Service registers cars. All fields are required.
type Service struct {
	// Authorities are the CAs whose cars this environment registers, by CA certificate id.
	Authorities  map[string]names.CertificateAuthority
	Certificates Certificates
	Things       Things
	Vehicles     Vehicles
	Records      Records
	Alerts       Alerts
	Longest      time.Duration // longest validity of a certificate
	Now          func() time.Time
}

// Outcome is the result of a registration event.
type Outcome string

// The outcomes.
const (
	Activated Outcome = "activated" // the car may connect
	Denied    Outcome = "denied"    // the certificate is revoked and recorded, and an alert is raised
	Waiting   Outcome = "waiting"   // the certificate is not valid yet: it stays pending, and is checked again at the car's next connection
	Already   Outcome = "already"   // an earlier run has completed the registration
	Foreign   Outcome = "foreign"   // another environment's CA: the certificate is left alone
	Gone      Outcome = "gone"      // the certificate has been deleted
)

// Result is an Outcome and, if Denied or Waiting, the reason.
type Result struct {
	Outcome Outcome
	VIN     vin.VIN // empty if unknown
	Reason  string
}

// Register processes one event. An error means that the event must be processed again.
func (r *Service) Register(ctx context.Context, e Event) (Result, error) {
	authority, ours := r.Authorities[e.CACertificateID]
	if !ours {
		return Result{Outcome: Foreign}, nil
	}
	presented, err := r.Certificates.Certificate(ctx, e.CertificateID)
	if errors.Is(err, ErrUnknownCertificate) {
		return Result{Outcome: Gone}, nil
	}
	if err != nil {
		return Result{}, fmt.Errorf("describe certificate %s: %w", e.CertificateID, err)
	}
	if presented.CACertificateID != e.CACertificateID {
		return Result{}, errs.As(errs.Invalid, fmt.Errorf("certificate %s: the event names authority %s, the registry %q",
			e.CertificateID, e.CACertificateID, presented.CACertificateID))
	}
	c := candidate{Presented: presented, authority: authority, at: presented.CreatedAt}
	if c.at.IsZero() {
		c.at = e.At
	}
	return r.decide(ctx, c)
}

func (r *Service) decide(ctx context.Context, c candidate) (Result, error) {
	refusal := c.read()
	switch c.Status {
	case Pending:
	case Active:
		return r.confirm(ctx, c, Already)
	default:
		return Result{Outcome: Already, VIN: c.vin}, nil
	}
	if refusal == nil {
		refusal = r.check(ctx, c)
	}
	if refusal == nil {
		refusal = r.admit(ctx, c)
	}
	if errors.Is(refusal, certificate.ErrNotYetValid) {
		return Result{Outcome: Waiting, VIN: c.vin, Reason: refusal.Error()}, nil
	}
	if isRefusal(refusal) {
		return r.deny(ctx, c, refusal)
	}
	if refusal != nil {
		return Result{}, refusal
	}
	if err := r.Certificates.SetStatus(ctx, c.ID, Active); err != nil {
		return Result{}, fmt.Errorf("activate certificate %s of %s: %w", c.ID, c.vin, err)
	}
	return r.confirm(ctx, c, Activated)
}

// isRefusal distinguishes a decision against a certificate from a failure to decide.
func isRefusal(err error) bool {
	return errors.Is(err, certificate.ErrUnacceptable) || errors.Is(err, certificate.ErrRevoked) ||
		errors.Is(err, vehicle.ErrNotAllowed) || errors.Is(err, vehicle.ErrNotFound) || errors.Is(err, ErrElsewhere)
}

// check validates the certificate against its CA and the clock.
func (r *Service) check(ctx context.Context, c candidate) error {
	text, err := r.Certificates.AuthorityPEM(ctx, c.CACertificateID)
	if err != nil {
		return fmt.Errorf("describe authority %s: %w", c.CACertificateID, err)
	}
	ca, err := certificate.Parse(text)
	if err != nil {
		return errs.As(errs.Internal, fmt.Errorf("authority %s: %s", c.CACertificateID, err)) // the platform's error: no refusal
	}
	return certificate.Check(c.x509, ca, r.Longest, r.Now())
}

// admit performs every step of a registration except the activation.
func (r *Service) admit(ctx context.Context, c candidate) error {
	car, err := r.Vehicles.Vehicle(ctx, c.vin)
	if err != nil {
		return fmt.Errorf("look up %s: %w", c.vin, err)
	}
	if err := car.AllowedFor(c.authority.Manufacturer); err != nil {
		return err
	}
	if err := r.enrol(ctx, c, car); err != nil {
		return err
	}
	// The record is written before the car's row: an operator who revokes the car after this run last read the row finds the
	// certificate in the records.
	if err := r.Records.PutRecord(ctx, c.record(certificate.Active, "")); err != nil {
		return fmt.Errorf("record certificate %s of %s: %w", c.ID, c.vin, err)
	}
	if err := r.Vehicles.MarkRegistered(ctx, c.vin, c.authority.Manufacturer, c.vin.ThingName(), c.at); err != nil {
		return fmt.Errorf("mark %s registered: %w", c.vin, err)
	}
	return nil
}

// enrol creates the thing. A car whose certificate is renewed keeps its thing, and its older certificates until they
// expire or are revoked: a renewal that fails half-way must not lock the car out.
func (r *Service) enrol(ctx context.Context, c candidate, car vehicle.Vehicle) error {
	thing := Thing{Name: c.vin.ThingName(), Attributes: attributes(car)}
	if err := r.Things.EnsureThing(ctx, thing); err != nil {
		return fmt.Errorf("make thing %s: %w", thing.Name, err)
	}
	// The manufacturer's group is a child of the fleet's, so the car is in both. AWS IoT permits a thing in one group of a
	// hierarchy only: https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html
	if err := r.Things.Join(ctx, thing.Name, c.authority.ThingGroup); err != nil {
		return fmt.Errorf("put %s into thing group %s: %w", thing.Name, c.authority.ThingGroup, err)
	}
	if err := r.Things.AttachPolicies(ctx, c.ARN); err != nil {
		return fmt.Errorf("attach the policies of cars to certificate %s: %w", c.ID, err)
	}
	if err := r.Things.AttachCertificate(ctx, thing.Name, c.ARN); err != nil {
		return fmt.Errorf("attach certificate %s to %s: %w", c.ID, thing.Name, err)
	}
	return nil
}

// confirm checks an active certificate once more: an operator may have revoked the car or the certificate during the
// activation, and the registry has no conditional update that would have failed.
func (r *Service) confirm(ctx context.Context, c candidate, outcome Outcome) (Result, error) {
	if c.vin == "" {
		return Result{Outcome: outcome}, nil
	}
	record, err := r.Records.Record(ctx, string(c.vin), c.ID)
	if err != nil && !errors.Is(err, certificate.ErrNotFound) {
		return Result{}, fmt.Errorf("read the record of certificate %s of %s: %w", c.ID, c.vin, err)
	}
	if err == nil && record.Status == certificate.Revoked {
		return r.deny(ctx, c, fmt.Errorf("%w: %s", certificate.ErrRevoked, record.Reason))
	}
	car, err := r.Vehicles.Vehicle(ctx, c.vin)
	if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
		return Result{}, fmt.Errorf("look up %s: %w", c.vin, err)
	}
	if err == nil && car.Status == vehicle.Revoked {
		return r.deny(ctx, c, car.AllowedFor(car.Manufacturer))
	}
	return Result{Outcome: outcome, VIN: c.vin}, r.reportSecond(ctx, c)
}

// reportSecond raises an alert if the car has other certificates with which it may connect: a renewal leaves the old one for a while, but
// the holder of a manufacturer's CA can also make one besides the car's own.
func (r *Service) reportSecond(ctx context.Context, c candidate) error {
	live, err := liveCertificates(ctx, r.Records, c.vin, r.Now())
	if err != nil {
		return err
	}
	if live < 2 {
		return nil
	}
	if _, _, err := r.Alerts.Raise(ctx, c.second(live)); err != nil {
		return fmt.Errorf("report the second certificate of %s: %w", c.vin, err)
	}
	return nil
}

// standing looks up the relation of the certificate's CA to the car that the certificate names.
func (r *Service) standing(ctx context.Context, c candidate) (standing, error) {
	if c.vin == "" {
		return stranger, nil
	}
	car, err := r.Vehicles.Vehicle(ctx, c.vin)
	switch {
	case errors.Is(err, vehicle.ErrNotFound):
		return stranger, nil
	case err != nil:
		return stranger, fmt.Errorf("look up %s: %w", c.vin, err)
	case car.Manufacturer != c.authority.Manufacturer:
		return foreign, nil
	}
	return own, nil
}

// final ends the reason of a denial: the certificate stays revoked, and the text names the remedy.
const final = "; this is final for this certificate: put right what is wrong, then issue the car a new one (carctl cert issue VIN --renew)"

// deny records the refusal, raises an alert, then revokes the certificate.
func (r *Service) deny(ctx context.Context, c candidate, refusal error) (Result, error) {
	var err error
	if c.standing, err = r.standing(ctx, c); err != nil {
		return Result{}, err
	}
	record := c.record(certificate.Revoked, refusal.Error()+final)
	if err := r.Records.PutRecord(ctx, record); err != nil {
		return Result{}, fmt.Errorf("record the denial of certificate %s: %w", c.ID, err)
	}
	if _, _, err := r.Alerts.Raise(ctx, c.notice(record)); err != nil {
		return Result{}, fmt.Errorf("report the denial of certificate %s: %w", c.ID, err)
	}
	if err := r.Certificates.SetStatus(ctx, c.ID, Revoked); err != nil {
		return Result{}, fmt.Errorf("revoke certificate %s: %w", c.ID, err)
	}
	return Result{Outcome: Denied, VIN: c.vin, Reason: refusal.Error()}, nil
}
