package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/vin"
)

// ShadowStore stores people's lasting requests to cars.
type ShadowStore interface {
	Shadow(ctx context.Context, v vin.VIN, name shadow.Name) (shadow.Document, error)
	Desire(ctx context.Context, v vin.VIN, name shadow.Name, desired map[string]any, version *int64) (shadow.Document, error)
}

var errNotRegistered = errs.As(errs.Conflict, errors.New("the car has not registered: it takes nothing before it has connected for the first time"))

// Shadows implements the operations about cars' shadows. All fields are required.
type Shadows struct {
	Store       ShadowStore
	Connections ConnectionReader
	Visit       visits
	Now         func() time.Time
}

// GetShadow returns a shadow of a car.
func (h *Shadows) GetShadow(ctx context.Context, in oapi.GetShadowRequestObject) (oapi.GetShadowResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	var d shadow.Document
	if visit.Registered {
		if d, err = h.Store.Shadow(ctx, visit.VIN, shadow.Name(in.Name)); err != nil {
			return nil, fmt.Errorf("read shadow %s: %w", in.Name, err)
		}
	}
	out, err := h.answer(ctx, visit, shadow.Name(in.Name), d)
	if err != nil {
		return nil, err
	}
	return oapi.GetShadow200JSONResponse{Body: out, Headers: oapi.GetShadow200ResponseHeaders{ETag: etag(d.Version)}}, nil
}

// UpdateShadow changes the desired state of a car.
func (h *Shadows) UpdateShadow(ctx context.Context, in oapi.UpdateShadowRequestObject) (oapi.UpdateShadowResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(in.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	name := shadow.Name(in.Name)
	if err := shadow.Check(name, in.Body.Desired); err != nil {
		return nil, err
	}
	if !visit.Registered {
		return nil, errNotRegistered
	}
	d, err := h.Store.Desire(ctx, visit.VIN, name, in.Body.Desired, version)
	if err != nil {
		return nil, fmt.Errorf("change shadow %s: %w", name, err)
	}
	out, err := h.answer(ctx, visit, name, d)
	if err != nil {
		return nil, err
	}
	return oapi.UpdateShadow200JSONResponse{Body: out, Headers: oapi.UpdateShadow200ResponseHeaders{ETag: etag(d.Version)}}, nil
}

func (h *Shadows) answer(ctx context.Context, visit Visit, name shadow.Name, d shadow.Document) (oapi.Shadow, error) {
	connection, err := h.Connections.Presence(ctx, visit.VIN)
	if err != nil {
		return oapi.Shadow{}, fmt.Errorf("read the connection: %w", err)
	}
	out := oapi.Shadow{
		Name: string(name), Version: int(d.Version), Connected: connection.Connected, At: instantOf(d.At),
		Desired: filled(d.Desired), Reported: filled(d.Reported), Delta: filled(d.Delta),
	}
	if !d.At.IsZero() {
		age := d.Age(h.Now()).Seconds()
		realOrNone(&out.AgeS, &age)
	}
	return out, nil
}

// filled replaces a nil map by an empty one, so that it is an object in the response.
func filled(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// etag returns a version as the value of the header ETag.
func etag(version int64) *string {
	tag := `"` + strconv.FormatInt(version, 10) + `"`
	return &tag
}

// versionOf returns the version in the header If-Match; nil without the header.
func versionOf(ifMatch *string) (*int64, error) {
	if ifMatch == nil {
		return nil, nil
	}
	digits, quoted := strings.CutPrefix(*ifMatch, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !quoted || !closed || err != nil || n < 0 {
		return nil, errIfMatch
	}
	return &n, nil
}

const ifMatchHeader = "If-Match"

var errIfMatch = errs.As(errs.Invalid, errors.New(`allowed is one ETag as an answer had it, such as "7"; a weak one (W/"7") and * name no version`))
