package httpapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// VehicleStore keeps cars.
type VehicleStore interface {
	Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	AddVehicle(ctx context.Context, v vehicle.Vehicle) error
	ChangeVehicle(ctx context.Context, v vin.VIN, version int64, c vehicle.Change) (vehicle.Vehicle, error)
	OfOwner(ctx context.Context, user string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	OfDealer(ctx context.Context, dealer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	OfManufacturer(ctx context.Context, manufacturer string, p paging.Request) (paging.Page[vehicle.Vehicle], error)
	Grant(ctx context.Context, v vin.VIN, user string) (ownership.Grant, error)
	GrantsTo(ctx context.Context, user string, p paging.Request) (paging.Page[ownership.Grant], error)
}

// Assigner moves records that are stored by dealer when a car changes its dealer.
type Assigner interface {
	Assign(ctx context.Context, v vin.VIN, dealerID string) error
}

// Vehicles implements the operations about cars themselves. All fields are required.
type Vehicles struct {
	Store     VehicleStore
	Faults    Assigner // for open faults, which dealers list
	Alerts    Assigner // for unresolved alerts, of which dealers are notified
	Makers    vehicle.Makers
	Visit     visits
	Principal func(ctx context.Context) (authz.Principal, error)
	Now       func() time.Time
}

// GetVehicle returns a car.
func (h *Vehicles) GetVehicle(ctx context.Context, _ oapi.GetVehicleRequestObject) (oapi.GetVehicleResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	car, err := h.Store.Vehicle(ctx, visit.VIN)
	if err != nil {
		return nil, fmt.Errorf("read the vehicle: %w", err)
	}
	return oapi.GetVehicle200JSONResponse{Body: vehicleAnswer(car, visit.Relation), Headers: oapi.GetVehicle200ResponseHeaders{ETag: etag(car.Version)}}, nil
}

// AllowVehicle adds a car to the allow-list. The guard has checked that the caller may add it.
func (h *Vehicles) AllowVehicle(ctx context.Context, in oapi.AllowVehicleRequestObject) (oapi.AllowVehicleResponseObject, error) {
	p, err := h.Principal(ctx)
	if err != nil {
		return nil, err
	}
	b := in.Body
	car := vehicle.Vehicle{
		VIN: vin.VIN(b.Vin), Manufacturer: textOr(b.ManufacturerId, p.Manufacturer), Make: textOr(b.Make, ""), Model: textOr(b.Model, ""),
		DealerID: textOr(b.DealerId, ""), Status: vehicle.Allowed, CreatedAt: h.Now().UTC().Truncate(time.Millisecond),
	}
	if car.Manufacturer == "" {
		return nil, errs.As(errs.Invalid, errors.New("manufacturerId is missing: say who built the vehicle"))
	}
	if err := h.Makers.Check(car.VIN, car.Manufacturer); err != nil {
		return nil, err
	}
	if b.ModelYear != nil {
		car.ModelYear = *b.ModelYear
	}
	if b.Powertrain != nil {
		car.Powertrain = string(*b.Powertrain)
	}
	if b.PlacardPressureKPa != nil {
		car.PlacardKPa = float64(*b.PlacardPressureKPa)
	}
	if err := h.Store.AddVehicle(ctx, car); err != nil {
		return nil, fmt.Errorf("put %s on the allow-list: %w", car.VIN.Redacted(), err)
	}
	relation := authz.RelationOf(p, authz.Vehicle{VIN: b.Vin, Manufacturer: car.Manufacturer, Dealer: car.DealerID}, h.Now())
	location := "/v1/vehicles/" + b.Vin
	return oapi.AllowVehicle201JSONResponse{
		Body: vehicleAnswer(car, relation), Headers: oapi.AllowVehicle201ResponseHeaders{ETag: etag(car.Version), Location: &location},
	}, nil
}

// UpdateVehicle changes a car. The guard has checked that the caller may change those fields.
func (h *Vehicles) UpdateVehicle(ctx context.Context, in oapi.UpdateVehicleRequestObject) (oapi.UpdateVehicleResponseObject, error) {
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
	change := vehicle.Change{Nickname: in.Body.Nickname, DealerID: in.Body.DealerId}
	if in.Body.PlacardPressureKPa != nil {
		kpa := float64(*in.Body.PlacardPressureKPa)
		change.PlacardKPa = &kpa
	}
	car, err := h.Store.ChangeVehicle(ctx, visit.VIN, *version, change)
	if err != nil {
		return nil, fmt.Errorf("change the vehicle: %w", err)
	}
	if change.DealerID != nil {
		for _, records := range []Assigner{h.Faults, h.Alerts} {
			if err := records.Assign(ctx, visit.VIN, *change.DealerID); err != nil {
				return nil, fmt.Errorf("put what is open of the vehicle on its dealer's lists: %w", err)
			}
		}
	}
	return oapi.UpdateVehicle200JSONResponse{Body: vehicleAnswer(car, visit.Relation), Headers: oapi.UpdateVehicle200ResponseHeaders{ETag: etag(car.Version)}}, nil
}

// vehicleAnswer renders a vehicle for a caller with that relation to it. Only drivers see the nickname and the date of ownership.
func vehicleAnswer(v vehicle.Vehicle, relation authz.Relation) oapi.Vehicle {
	out := oapi.Vehicle{
		Vin: string(v.VIN), ManufacturerId: v.Manufacturer, DealerId: given(v.DealerID), Make: given(v.Make), Model: given(v.Model),
		ModelYear: given(v.ModelYear), Status: oapi.VehicleStatus(v.Status), CreatedAt: v.CreatedAt, RegisteredAt: instantOf(v.RegisteredAt),
		Relation: oapi.VehicleRelation(relation),
	}
	owned, valid := v.OwnerID != "", v.VIN.WithCheckDigit() == v.VIN
	out.Owned, out.CheckDigitValid = &owned, &valid
	if v.Powertrain != "" {
		p := oapi.Powertrain(v.Powertrain)
		out.Powertrain = &p
	}
	if v.PlacardKPa != 0 {
		realOrNone(&out.PlacardPressureKPa, &v.PlacardKPa)
	}
	if relation == authz.Built || relation == authz.Runs {
		out.OwnershipEndings = endingsAnswer(v.Endings)
	}
	if relation == authz.Owns || relation == authz.Borrows {
		out.Nickname, out.OwnedSince = given(v.Nickname), instantOf(v.OwnedSince)
	}
	return out
}

func endingsAnswer(all []vehicle.Ending) *[]oapi.OwnershipEnding {
	if len(all) == 0 {
		return nil
	}
	out := make([]oapi.OwnershipEnding, len(all))
	for n, e := range all {
		out[n] = oapi.OwnershipEnding{At: e.At, By: e.By, As: oapi.OwnershipEndingAs(e.As), Reason: e.Reason}
	}
	return &out
}

func textOr(s *string, otherwise string) string {
	if s == nil {
		return otherwise
	}
	return *s
}
