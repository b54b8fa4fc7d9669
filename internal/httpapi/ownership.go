package httpapi

import (
	"context"
	"fmt"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// OwnershipService is the ownership service: claim, lend, consent, release.
type OwnershipService interface {
	IssueCode(ctx context.Context, v vin.VIN, by string) (code string, c ownership.Code, err error)
	Claim(ctx context.Context, v vin.VIN, code, user string) error
	Release(ctx context.Context, v vin.VIN, owner string) error
	End(ctx context.Context, v vin.VIN, by vehicle.Ending) error
	Revoke(ctx context.Context, v vin.VIN, user string) error
	Lend(ctx context.Context, v vin.VIN, owner, email string, until time.Time) (ownership.Grant, error)
	Consent(ctx context.Context, v vin.VIN, owner string, to ownership.Recipient, until time.Time) (vehicle.Consent, error)
}

// OwnershipStore reads grants.
type OwnershipStore interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	Grants(ctx context.Context, v vin.VIN, p paging.Request) (paging.Page[ownership.Grant], error)
	EndConsent(ctx context.Context, v vin.VIN, owner string) error
}

// Ownership implements the operations about a car's owner, grants and location consent. All fields are required.
type Ownership struct {
	Service OwnershipService
	Store   OwnershipStore
	Visit   visits
	Now     func() time.Time
}

// IssueClaimCode makes a code with which a user can claim the car.
func (h *Ownership) IssueClaimCode(ctx context.Context, _ oapi.IssueClaimCodeRequestObject) (oapi.IssueClaimCodeResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	code, kept, err := h.Service.IssueCode(ctx, visit.VIN, visit.UserID)
	if err != nil {
		return nil, err
	}
	return oapi.IssueClaimCode201JSONResponse{Vin: string(visit.VIN), Code: code, ExpiresAt: kept.ExpiresAt}, nil
}

// ClaimVehicle makes the caller the owner of the car, if the code is right.
func (h *Ownership) ClaimVehicle(ctx context.Context, in oapi.ClaimVehicleRequestObject) (oapi.ClaimVehicleResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	v := vin.VIN(in.Body.Vin)
	if err := h.Service.Claim(ctx, v, in.Body.Code, visit.UserID); err != nil {
		return nil, err
	}
	car, err := h.Store.Vehicle(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("read the vehicle: %w", err)
	}
	location := "/v1/vehicles/" + in.Body.Vin
	return oapi.ClaimVehicle201JSONResponse{
		Body: vehicleAnswer(car, authz.Owns), Headers: oapi.ClaimVehicle201ResponseHeaders{ETag: etag(car.Version), Location: &location},
	}, nil
}

// ReleaseVehicle ends the caller's ownership of the car.
func (h *Ownership) ReleaseVehicle(ctx context.Context, _ oapi.ReleaseVehicleRequestObject) (oapi.ReleaseVehicleResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Service.Release(ctx, visit.VIN, visit.UserID); err != nil {
		return nil, err
	}
	return oapi.ReleaseVehicle204Response{}, nil
}

// EndOwnership ends another user's ownership of the car, and stores the reason.
func (h *Ownership) EndOwnership(ctx context.Context, in oapi.EndOwnershipRequestObject) (oapi.EndOwnershipResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	by := vehicle.Ending{By: visit.UserID, As: string(roleOf(visit.Relation)), Reason: in.Body.Reason}
	if err := h.Service.End(ctx, visit.VIN, by); err != nil {
		return nil, err
	}
	return oapi.EndOwnership204Response{}, nil
}

// ListGrants lists the car's grants: the other users who may use it.
func (h *Ownership) ListGrants(ctx context.Context, in oapi.ListGrantsRequestObject) (oapi.ListGrantsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	car, err := h.Store.Vehicle(ctx, visit.VIN)
	if err != nil {
		return nil, fmt.Errorf("read the vehicle: %w", err)
	}
	list, err := h.Store.Grants(ctx, visit.VIN, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	out := oapi.ListGrants200JSONResponse{Items: []oapi.Grant{}, NextToken: given(list.Next)}
	for _, g := range list.Items {
		if g.Holds(car, h.Now()) {
			out.Items = append(out.Items, grantAnswer(g))
		}
	}
	return out, nil
}

// GrantVehicle lends the car to another user.
func (h *Ownership) GrantVehicle(ctx context.Context, in oapi.GrantVehicleRequestObject) (oapi.GrantVehicleResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	g, err := h.Service.Lend(ctx, visit.VIN, visit.UserID, in.Body.Email, in.Body.Until)
	if err != nil {
		return nil, err
	}
	return oapi.GrantVehicle201JSONResponse(grantAnswer(g)), nil
}

func grantAnswer(g ownership.Grant) oapi.Grant {
	return oapi.Grant{UserId: g.UserID, Email: given(g.Email), GrantedAt: g.GrantedAt, Until: g.Until}
}

// RevokeGrant ends a grant early.
func (h *Ownership) RevokeGrant(ctx context.Context, in oapi.RevokeGrantRequestObject) (oapi.RevokeGrantResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Service.Revoke(ctx, visit.VIN, in.UserId); err != nil {
		return nil, fmt.Errorf("end the grant: %w", err)
	}
	return oapi.RevokeGrant204Response{}, nil
}

// GetLocationConsent returns the consents that count now.
func (h *Ownership) GetLocationConsent(ctx context.Context, _ oapi.GetLocationConsentRequestObject) (oapi.GetLocationConsentResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	car, err := h.Store.Vehicle(ctx, visit.VIN)
	if err != nil {
		return nil, fmt.Errorf("read the vehicle: %w", err)
	}
	return oapi.GetLocationConsent200JSONResponse(consentAnswer(car.Consent.At(h.Now()))), nil
}

// SetLocationConsent lets the dealer, or who runs the platform, see where the car is for a time.
func (h *Ownership) SetLocationConsent(ctx context.Context, in oapi.SetLocationConsentRequestObject) (oapi.SetLocationConsentResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	to := ownership.ToDealer
	if in.Body.Recipient != nil {
		to = ownership.Recipient(*in.Body.Recipient)
	}
	consent, err := h.Service.Consent(ctx, visit.VIN, visit.UserID, to, in.Body.Until)
	if err != nil {
		return nil, err
	}
	return oapi.SetLocationConsent200JSONResponse(consentAnswer(consent)), nil
}

func consentAnswer(c vehicle.Consent) oapi.Consent {
	return oapi.Consent{Until: instantOf(c.DealerUntil), DealerId: given(c.DealerID), OperatorsUntil: instantOf(c.OperatorsUntil)}
}

// WithdrawLocationConsent ends the dealer's access to the car's location.
func (h *Ownership) WithdrawLocationConsent(ctx context.Context, _ oapi.WithdrawLocationConsentRequestObject) (oapi.WithdrawLocationConsentResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Store.EndConsent(ctx, visit.VIN, visit.UserID); err != nil {
		return nil, fmt.Errorf("withdraw the consent: %w", err)
	}
	return oapi.WithdrawLocationConsent204Response{}, nil
}
