package httpapi

import (
	"context"
	"errors"
	"fmt"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
)

// Me implements the operations about the caller and the API itself. All fields are required.
type Me struct {
	Principal func(ctx context.Context) (authz.Principal, error)
}

// GetHealth reports that the API works.
func (*Me) GetHealth(context.Context, oapi.GetHealthRequestObject) (oapi.GetHealthResponseObject, error) {
	return oapi.GetHealth200JSONResponse{Status: oapi.Ok}, nil
}

// GetMe returns the caller.
func (h *Me) GetMe(ctx context.Context, _ oapi.GetMeRequestObject) (oapi.GetMeResponseObject, error) {
	p, err := h.Principal(ctx)
	if err != nil {
		return nil, err
	}
	out := oapi.GetMe200JSONResponse{UserId: p.ID, Roles: []oapi.Role{}, ManufacturerId: given(p.Manufacturer), DealerId: given(p.Dealer)}
	for _, r := range p.Roles {
		out.Roles = append(out.Roles, oapi.Role(r))
	}
	return out, nil
}

// Identities looks up the Cognito identity of an ID token.
type Identities interface {
	// IdentityID returns the identity's id; the error is of category errs.Invalid or errs.Denied for a token that the pool did not issue.
	IdentityID(ctx context.Context, idToken string) (string, error)
}

// Attacher lets an identity listen to its user's cars.
type Attacher interface {
	Attach(ctx context.Context, userID, identityID string) (realtime.Access, error)
}

// Realtime implements listening to cars over MQTT. All fields are required but Endpoint.
type Realtime struct {
	IDTokens   Verifier // for the pool's ID tokens
	Identities Identities
	Access     Attacher
	Visit      visits
	Endpoint   string // host of the device gateway; empty if unknown
	Region     string
}

var errOtherToken = errs.As(errs.Invalid, errors.New("idToken: allowed is your own ID token"))

// OpenRealtime attaches policies to the caller's identity that let it listen to the caller's cars only. The ID token must be the caller's
// own: with another user's token, that user's identity would receive the caller's cars' messages.
func (h *Realtime) OpenRealtime(ctx context.Context, in oapi.OpenRealtimeRequestObject) (oapi.OpenRealtimeResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	who, err := h.IDTokens.Verify(ctx, in.Body.IdToken)
	if errs.Of(err) == errs.Denied || err == nil && who.ID != visit.UserID {
		return nil, errOtherToken
	}
	if err != nil {
		return nil, fmt.Errorf("verify the ID token: %w", err)
	}
	identity, err := h.Identities.IdentityID(ctx, in.Body.IdToken)
	if err != nil {
		return nil, fmt.Errorf("find the caller's identity: %w", err)
	}
	a, err := h.Access.Attach(ctx, visit.UserID, identity)
	if err != nil {
		return nil, fmt.Errorf("let the caller hear their cars: %w", err)
	}
	out := oapi.OpenRealtime200JSONResponse{
		IdentityId: a.IdentityID, ClientId: a.ClientID, Endpoint: given(h.Endpoint), Region: given(h.Region), Vehicles: []oapi.Vin{},
		Filters: append([]string{}, a.Filters...), LeftOut: a.LeftOut, Until: instantOf(a.Until),
	}
	for _, v := range a.Cars {
		out.Vehicles = append(out.Vehicles, string(v))
	}
	return out, nil
}
