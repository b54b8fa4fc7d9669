package httpapi

import (
	"context"
	"fmt"
	"net/netip"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/httpapi/oapi"
)

// PhoneVerifier verifies that a number belongs to its user.
type PhoneVerifier interface {
	Start(ctx context.Context, userID string, from netip.Addr, number string) error
	Finish(ctx context.Context, userID, code string) (preference.Phone, error)
}

// Preferences implements the operations about notification preferences. All fields are required.
type Preferences struct {
	Store  preference.Store
	Phones PhoneVerifier
	Visit  visits
}

// GetPreferences returns the caller's preferences for notifications.
func (h *Preferences) GetPreferences(ctx context.Context, _ oapi.GetPreferencesRequestObject) (oapi.GetPreferencesResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	p, err := h.Store.Preferences(ctx, visit.UserID)
	if err != nil {
		return nil, fmt.Errorf("read the preferences: %w", err)
	}
	out, err := h.answer(ctx, p)
	if err != nil {
		return nil, err
	}
	return oapi.GetPreferences200JSONResponse{Body: out, Headers: oapi.GetPreferences200ResponseHeaders{ETag: etag(p.Version)}}, nil
}

// PutPreferences replaces the caller's preferences. The phone number is not among them: it must be verified first.
func (h *Preferences) PutPreferences(ctx context.Context, in oapi.PutPreferencesRequestObject) (oapi.PutPreferencesResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(in.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	if version == nil {
		return nil, errNeedIfMatch
	}
	p, err := preferencesOf(visit.UserID, *version, *in.Body)
	if err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p, err = h.Store.PutPreferences(ctx, p); err != nil {
		return nil, fmt.Errorf("keep the preferences: %w", err)
	}
	out, err := h.answer(ctx, p)
	if err != nil {
		return nil, err
	}
	return oapi.PutPreferences200JSONResponse{Body: out, Headers: oapi.PutPreferences200ResponseHeaders{ETag: etag(p.Version)}}, nil
}

// AddPhone sends a code to the caller's phone.
func (h *Preferences) AddPhone(ctx context.Context, in oapi.AddPhoneRequestObject) (oapi.AddPhoneResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Phones.Start(ctx, visit.UserID, visit.From, in.Body.Number); err != nil {
		return nil, err
	}
	return oapi.AddPhone202Response{}, nil
}

// VerifyPhone stores the phone as the caller's, if the code that was sent to it is right.
func (h *Preferences) VerifyPhone(ctx context.Context, in oapi.VerifyPhoneRequestObject) (oapi.VerifyPhoneResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	phone, err := h.Phones.Finish(ctx, visit.UserID, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return oapi.VerifyPhone200JSONResponse{Number: phone.Number, Verified: true}, nil
}

// RemovePhone removes the caller's phone.
func (h *Preferences) RemovePhone(ctx context.Context, _ oapi.RemovePhoneRequestObject) (oapi.RemovePhoneResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Store.PutPhone(ctx, visit.UserID, preference.Phone{}); err != nil {
		return nil, fmt.Errorf("remove the phone: %w", err)
	}
	return oapi.RemovePhone204Response{}, nil
}

func (h *Preferences) answer(ctx context.Context, p preference.Preferences) (oapi.Preferences, error) {
	phone, err := h.Store.Phone(ctx, p.UserID)
	if err != nil {
		return oapi.Preferences{}, fmt.Errorf("read the phone: %w", err)
	}
	out := oapi.Preferences{
		Email: oapi.Rule{On: p.Email.On, Minimum: oapi.Severity(p.Email.Minimum)}, Sms: oapi.Rule{On: p.SMS.On, Minimum: oapi.Severity(p.SMS.Minimum)},
		ResolvedToo: &p.ResolvedToo,
	}
	out.Limit.PerHour, out.Limit.PerDay = p.Limit.PerHour, p.Limit.PerDay
	kinds := map[string]oapi.Choice{}
	for kind, c := range p.Kinds {
		kinds[string(kind)] = oapi.Choice{Email: c.Email, Sms: c.SMS}
	}
	out.Kinds = &kinds
	if p.Quiet != nil {
		out.Quiet = &struct {
			From string `json:"from"`
			To   string `json:"to"`
			Zone string `json:"zone"`
		}{p.Quiet.From.String(), p.Quiet.To.String(), p.Quiet.Zone}
	}
	if phone.Number != "" {
		out.Phone = &oapi.Phone{Number: phone.Number, Verified: phone.Reachable()}
	}
	return out, nil
}

func preferencesOf(user string, version int64, b oapi.Preferences) (preference.Preferences, error) {
	p := preference.Preferences{
		UserID: user, Version: version, Kinds: map[alert.Kind]preference.Choice{},
		Email: preference.Rule{On: b.Email.On, Minimum: alert.Severity(b.Email.Minimum)}, SMS: preference.Rule{On: b.Sms.On, Minimum: alert.Severity(b.Sms.Minimum)},
		Limit: preference.Limit{PerHour: b.Limit.PerHour, PerDay: b.Limit.PerDay},
	}
	if b.ResolvedToo != nil {
		p.ResolvedToo = *b.ResolvedToo
	}
	if b.Kinds != nil {
		for kind, c := range *b.Kinds {
			p.Kinds[alert.Kind(kind)] = preference.Choice{Email: c.Email, SMS: c.Sms}
		}
	}
	if b.Quiet == nil {
		return p, nil
	}
	from, err := preference.ParseTimeOfDay(b.Quiet.From)
	if err != nil {
		return p, err
	}
	to, err := preference.ParseTimeOfDay(b.Quiet.To)
	p.Quiet = &preference.Quiet{From: from, To: to, Zone: b.Quiet.Zone}
	return p, err
}
