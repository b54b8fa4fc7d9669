package httpapi

import (
	"context"
	"fmt"

	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/httpapi/oapi"
)

// DismissAlert dismisses an alert, then resolves it. In this order a repeat after a failure of the second step completes both.
func (h *Alerts) DismissAlert(ctx context.Context, in oapi.DismissAlertRequestObject) (oapi.DismissAlertResponseObject, error) {
	visit, a, err := h.visible(ctx, in.AlertId)
	if err != nil {
		return nil, err
	}
	if err := h.Feedback.Dismiss(ctx, visit.VIN, a); err != nil {
		return nil, fmt.Errorf("dismiss alert %s: %w", in.AlertId, err)
	}
	if a, err = h.Service.ResolveByPerson(ctx, string(visit.VIN), a.ID, visit.UserID, h.Now()); err != nil {
		return nil, fmt.Errorf("end alert %s: %w", in.AlertId, err)
	}
	return oapi.DismissAlert200JSONResponse(alertAnswer(a, visit)), nil
}

// ListDismissals lists the dismissed alerts of a car, also from before the present owner: they are about its monitoring, not its use.
func (h *Alerts) ListDismissals(ctx context.Context, _ oapi.ListDismissalsRequestObject) (oapi.ListDismissalsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	all, err := h.Feedback.List(ctx, visit.VIN)
	if err != nil {
		return nil, err
	}
	out := oapi.DismissalList{Items: []oapi.Dismissal{}}
	for _, d := range all {
		out.Items = append(out.Items, oapi.Dismissal{
			AlertId: d.AlertID, Signal: anomaly.SignalOf(d.Key), DedupKey: d.Key, AlertAt: d.At, Until: d.Until(),
			Width: float32(anomaly.Width(d.Key, all, h.Now())),
		})
	}
	return oapi.ListDismissals200JSONResponse(out), nil
}

// WithdrawDismissal removes the dismissal of an alert.
func (h *Alerts) WithdrawDismissal(ctx context.Context, in oapi.WithdrawDismissalRequestObject) (oapi.WithdrawDismissalResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.Feedback.Withdraw(ctx, visit.VIN, in.AlertId); err != nil {
		return nil, fmt.Errorf("withdraw the dismissal of %s: %w", in.AlertId, err)
	}
	return oapi.WithdrawDismissal204Response{}, nil
}
