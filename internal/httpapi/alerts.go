package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// AlertReader lists alerts.
type AlertReader interface {
	Alert(ctx context.Context, vin, id string) (alert.Alert, error)
	OfVehicle(ctx context.Context, vin string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
	OfAudience(ctx context.Context, audience string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
	OfDealer(ctx context.Context, dealer string, f alert.Filter, p paging.Request) (paging.Page[alert.Alert], error)
}

// AlertService changes alerts on people's request.
type AlertService interface {
	Acknowledge(ctx context.Context, vin, id, by string, at time.Time) (alert.Alert, error)
	ResolveByPerson(ctx context.Context, vin, id, by string, at time.Time) (alert.Alert, error)
}

// AlertFeedback records and removes dismissals of alerts.
type AlertFeedback interface {
	Dismiss(ctx context.Context, v vin.VIN, a alert.Alert) error
	Withdraw(ctx context.Context, v vin.VIN, alertID string) error
	List(ctx context.Context, v vin.VIN) ([]anomaly.Dismissal, error)
}

// AlertCars reads the cars that alerts are about.
type AlertCars interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	OfOwner(ctx context.Context, user string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
}

// Alerts implements the operations about alerts. All fields are required.
type Alerts struct {
	Store     AlertReader
	Service   AlertService
	Feedback  AlertFeedback
	Cars      AlertCars
	Visit     visits
	Principal func(ctx context.Context) (authz.Principal, error)
	Now       func() time.Time
}

// ListVehicleAlerts lists a car's alerts, the newest first. Drivers see none from before their ownership.
func (h *Alerts) ListVehicleAlerts(ctx context.Context, in oapi.ListVehicleAlertsRequestObject) (oapi.ListVehicleAlertsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	f := alert.Filter{Since: visit.Since}
	if in.Params.Status != nil {
		f.Status = alert.Status(*in.Params.Status)
	}
	list, err := h.Store.OfVehicle(ctx, string(visit.VIN), f, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	list.Items = slices.DeleteFunc(list.Items, func(a alert.Alert) bool { return !shows(visit, a) })
	return oapi.ListVehicleAlerts200JSONResponse(alertPage(list, visit)), nil
}

// shows reports whether the caller may see an alert: alerts about driving are for drivers only, alerts about certificates and the platform
// are for the manufacturer and operators only, and drivers see none from before their ownership.
func shows(visit Visit, a alert.Alert) bool {
	policy, _ := a.Kind.Policy()
	switch {
	case a.FirstAt.Before(visit.Since):
		return false
	case policy.Scope == alert.Driving:
		return visit.Drives()
	case policy.Scope == alert.Platform:
		return visit.Relation == authz.Built || visit.Relation == authz.Runs
	default:
		return true
	}
}

// ListAlerts lists the alerts of all the caller's cars: for a manufacturer and a dealer from their own lists, for a driver car by car,
// and for operators those of the platform.
func (h *Alerts) ListAlerts(ctx context.Context, in oapi.ListAlertsRequestObject) (oapi.ListAlertsResponseObject, error) {
	p, err := h.Principal(ctx)
	if err != nil {
		return nil, err
	}
	var f alert.Filter
	if in.Params.Status != nil {
		f.Status = alert.Status(*in.Params.Status)
	}
	request := pageOf(in.Params.Limit, in.Params.NextToken)
	var list paging.Page[alert.Alert]
	var keep func(a alert.Alert) bool
	visit := Visit{UserID: p.ID}
	switch {
	case p.Has(authz.Operator):
		list, err = h.Store.OfAudience(ctx, alert.Operator, f, request)
	case p.Has(authz.Manufacturer) && p.Manufacturer != "":
		audience := alert.ManufacturerAudience(p.Manufacturer)
		list, err = h.Store.OfAudience(ctx, audience, f, request)
		keep = func(a alert.Alert) bool { return a.Audience == audience }
	case p.Has(authz.Dealer) && p.Dealer != "":
		list, err = h.Store.OfDealer(ctx, p.Dealer, f, request)
		keep = func(a alert.Alert) bool { return a.DealerID == p.Dealer }
	default:
		visit.Relation = authz.Owns
		list, err = h.ofDriver(ctx, p.ID, f, request)
	}
	if err == nil && keep != nil {
		err = h.today(ctx, &list, keep)
	}
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return oapi.ListAlerts200JSONResponse(alertPage(list, visit)), nil
}

// today removes the alerts from a page that the caller may no longer see: the records of past alerts keep the dealer of their time.
func (h *Alerts) today(ctx context.Context, list *paging.Page[alert.Alert], keep func(alert.Alert) bool) error {
	now := make([]alert.Alert, len(list.Items))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for n, a := range list.Items {
		work.Go(func() (err error) {
			now[n], err = alert.Today(ctx, h.Cars, a)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	list.Items = slices.DeleteFunc(now, func(a alert.Alert) bool { return !keep(a) })
	return nil
}

// ofDriver merges the newest alerts of a driver's own cars, of which there are few. A page's token is the id of its last alert: ids sort by
// time, also across cars.
func (h *Alerts) ofDriver(ctx context.Context, user string, f alert.Filter, r paging.Request) (paging.Page[alert.Alert], error) {
	cars, err := h.Cars.OfOwner(ctx, user, paging.Request{Limit: paging.MaxLimit})
	if err != nil {
		return paging.Page[alert.Alert]{}, err
	}
	if r.After != "" && !ulidLike(r.After) {
		return paging.Page[alert.Alert]{}, errNoPage
	}
	var all []alert.Alert
	for _, car := range cars.Items {
		of := f
		of.Since = car.OwnedSince
		list, err := h.newestOf(ctx, string(car.VIN), of, r)
		if err != nil {
			return paging.Page[alert.Alert]{}, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b alert.Alert) int { return cmp.Compare(b.ID, a.ID) })
	out := paging.Page[alert.Alert]{Items: all[:min(len(all), r.Size())]}
	if len(all) > r.Size() {
		out.Next = out.Items[len(out.Items)-1].ID
	}
	return out, nil
}

// newestOf returns the car's alerts after the end of the previous page, one more than fits on a page.
func (h *Alerts) newestOf(ctx context.Context, v string, f alert.Filter, r paging.Request) ([]alert.Alert, error) {
	var out []alert.Alert
	for after := ""; len(out) <= r.Size(); {
		list, err := h.Store.OfVehicle(ctx, v, f, paging.Request{Limit: paging.MaxLimit, After: after})
		if err != nil {
			return nil, err
		}
		for _, a := range list.Items {
			if owner := (Visit{Relation: authz.Owns, Since: f.Since}); shows(owner, a) && (r.After == "" || a.ID < r.After) {
				out = append(out, a)
			}
		}
		if after = list.Next; after == "" {
			break
		}
	}
	return out, nil
}

func ulidLike(s string) bool { return len(s) == 26 }

// AcknowledgeAlert records that the caller has seen an alert.
func (h *Alerts) AcknowledgeAlert(ctx context.Context, in oapi.AcknowledgeAlertRequestObject) (oapi.AcknowledgeAlertResponseObject, error) {
	a, err := h.byPerson(ctx, in.AlertId, h.Service.Acknowledge)
	if err != nil {
		return nil, err
	}
	return oapi.AcknowledgeAlert200JSONResponse(a), nil
}

// ResolveAlert resolves an alert on the caller's request.
func (h *Alerts) ResolveAlert(ctx context.Context, in oapi.ResolveAlertRequestObject) (oapi.ResolveAlertResponseObject, error) {
	a, err := h.byPerson(ctx, in.AlertId, h.Service.ResolveByPerson)
	if err != nil {
		return nil, err
	}
	return oapi.ResolveAlert200JSONResponse(a), nil
}

func (h *Alerts) byPerson(ctx context.Context, id string, do func(ctx context.Context, vin, id, by string, at time.Time) (alert.Alert, error)) (oapi.Alert, error) {
	visit, _, err := h.visible(ctx, id)
	if err != nil {
		return oapi.Alert{}, err
	}
	a, err := do(ctx, string(visit.VIN), id, visit.UserID, h.Now())
	if err != nil {
		return oapi.Alert{}, fmt.Errorf("change alert %s: %w", id, err)
	}
	return alertAnswer(a, visit), nil
}

// visible returns the alert with that id, if the caller may see it.
func (h *Alerts) visible(ctx context.Context, id string) (Visit, alert.Alert, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return visit, alert.Alert{}, err
	}
	a, err := h.Store.Alert(ctx, string(visit.VIN), id)
	if err == nil && !shows(visit, a) {
		err = errs.As(errs.NotFound, fmt.Errorf("for others: %w", alert.ErrNotFound))
	}
	if err != nil {
		return visit, alert.Alert{}, fmt.Errorf("read alert %s: %w", id, err)
	}
	return visit, a, nil
}

func alertPage(list paging.Page[alert.Alert], visit Visit) oapi.AlertPage {
	out := oapi.AlertPage{Items: make([]oapi.Alert, len(list.Items)), NextToken: given(list.Next)}
	for n, a := range list.Items {
		out.Items[n] = alertAnswer(a, visit)
	}
	return out
}

// alertAnswer is an alert as that visitor may see it: the trip and the people are for those who drive.
func alertAnswer(a alert.Alert, visit Visit) oapi.Alert {
	if !visit.Drives() {
		a.TripID = ""
	}
	out := oapi.Alert{
		AlertId: a.ID, Vin: a.VIN, Kind: string(a.Kind), Severity: oapi.Severity(a.Severity), Status: oapi.AlertStatus(a.Status),
		FirstAt: a.FirstAt, LastAt: a.LastAt, Count: a.Count, Unit: given(a.Unit), TripId: given(a.TripID), Detail: given(a.Detail),
		AcknowledgedBy: visit.person(a.AcknowledgedBy), AcknowledgedAt: instantOf(a.AcknowledgedAt), ResolvedBy: visit.person(a.ResolvedBy), ResolvedAt: instantOf(a.ResolvedAt),
	}
	realOrNone(&out.Value, a.Value)
	realOrNone(&out.Threshold, a.Threshold)
	return out
}
