package httpapi

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/errs"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// Visit is an authorised request: the caller and, if the operation is about a single car, the car.
type Visit struct {
	UserID   string
	From     netip.Addr     // the caller's address, as seen by API Gateway; for users of the console, that of its server
	DealerID string         // empty unless the caller is a dealer
	VIN      vin.VIN        // empty if the operation is not about a single car
	Relation authz.Relation // of the caller to the car
	// Registered reports whether the car's thing in AWS IoT belongs to this environment. If several environments share an account, the
	// thing of a car that has not registered here may be another environment's, with the same name.
	Registered bool
	// Since is the beginning of the data that the caller may see: drivers see nothing from before their ownership. Zero for no limit.
	Since time.Time
	// OwnedSince is the beginning of the ownership in which a consent was given: nobody who does not drive sees personal data of before.
	OwnedSince time.Time
}

// Drives reports whether the caller is the owner or a borrower.
func (v Visit) Drives() bool { return v.Relation == authz.Owns || v.Relation == authz.Borrows }

// person is the id of a person as who asks may see it: those who drive see who did what with their car, others themselves alone.
func (v Visit) person(id string) *string {
	if !v.Drives() && id != v.UserID {
		return nil
	}
	return given(id)
}

// visits finds the visit of a request.
type visits func(ctx context.Context) (Visit, error)

// pageOf returns the page that a request asks for.
func pageOf(limit *int, next *string) paging.Request {
	var p paging.Request
	if limit != nil {
		p.Limit = *limit
	}
	if next != nil {
		p.After = *next
	}
	return p
}

// missing adds the category of 404 to errors of stores about a missing record.
func missing(err error) error {
	for _, none := range []error{trip.ErrNotFound, diagnostic.ErrNotFound, healthreport.ErrNotFound, healthreport.ErrUnreadable} {
		if errors.Is(err, none) {
			return errs.As(errs.NotFound, err)
		}
	}
	return err
}

// given returns a pointer to a value, or nil for the zero value, so that an unknown value is absent from the response.
func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// instantOf returns a pointer to a time, or nil for the zero time.
func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// whole returns a pointer to an int of the same value, or nil.
func whole(n *int64) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}

// real sets a number of a generated type, which may be float32 or float64.
func real[T ~float32 | ~float64](to *T, f float64) { *to = T(f) }

// realOrNone sets an optional number of a generated type.
func realOrNone[T ~float32 | ~float64](to **T, f *float64) {
	if f != nil {
		n := T(*f)
		*to = &n
	}
}

// hides returns the signals that who asks may not see: those who drive see all, others technical ones, and positions where the owner lets
// them, of the owner's own time.
func hides(v Visit, positions bool) func(path string, at time.Time) bool {
	return func(path string, at time.Time) bool {
		shared := positions && telemetry.IsPosition(path) && !at.Before(v.OwnedSince)
		return !v.Drives() && !telemetry.IsTechnical(path) && !shared
	}
}

// personalSince is from when on who asks may see what is personal, if at all.
func (v Visit) personalSince() time.Time { return later(v.Since, v.OwnedSince) }
