package httpapi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// GetWorklist lists the open faults of a dealer's cars, the last seen first.
func (h *Diagnostics) GetWorklist(ctx context.Context, in oapi.GetWorklistRequestObject) (oapi.GetWorklistResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if visit.DealerID == "" { // the list of the empty id would be that of the cars without a dealer
		return oapi.GetWorklist200JSONResponse{Items: []oapi.Fault{}}, nil
	}
	list, err := h.Store.Worklist(ctx, visit.DealerID, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list open faults: %w", err)
	}
	if err := h.lookedAfter(ctx, &list, visit.DealerID); err != nil {
		return nil, err
	}
	return oapi.GetWorklist200JSONResponse(faultPage(list, visit)), nil
}

// lookedAfter leaves in a page the faults of cars that are that dealer's now: records follow a change of the dealer a moment later.
func (h *Diagnostics) lookedAfter(ctx context.Context, list *paging.Page[diagnostic.Record], dealerID string) error {
	dealers := map[string]string{}
	for _, r := range list.Items {
		if _, known := dealers[r.VIN]; known {
			continue
		}
		car, err := h.Cars.Vehicle(ctx, vin.VIN(r.VIN))
		if err != nil && !errors.Is(err, vehicle.ErrNotFound) {
			return fmt.Errorf("read the vehicle of a fault: %w", err)
		}
		dealers[r.VIN] = car.DealerID
	}
	list.Items = slices.DeleteFunc(list.Items, func(r diagnostic.Record) bool { return dealers[r.VIN] != dealerID })
	return nil
}
