package httpapi

import (
	"context"
	"fmt"

	"connectedcar/internal/httpapi/oapi"
)

// GetWorklist lists the open faults of the cars that a dealer looks after, the last seen first.
func (h *Diagnostics) GetWorklist(ctx context.Context, in oapi.GetWorklistRequestObject) (oapi.GetWorklistResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	if visit.DealerID == "" { // nobody's list would be the list of cars without a dealer
		return oapi.GetWorklist200JSONResponse{Items: []oapi.Fault{}}, nil
	}
	list, err := h.Store.Worklist(ctx, visit.DealerID, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list open faults: %w", err)
	}
	return oapi.GetWorklist200JSONResponse(faultPage(list, visit)), nil
}
