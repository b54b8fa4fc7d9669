package httpapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// FaultReader reads faults.
type FaultReader interface {
	Records(ctx context.Context, v vin.VIN, f diagnostic.Filter, p paging.Request) (paging.Page[diagnostic.Record], error)
	Worklist(ctx context.Context, dealerID string, p paging.Request) (paging.Page[diagnostic.Record], error)
}

// FaultService acknowledges and clears faults for people, and records who did so and when.
type FaultService interface {
	Acknowledge(ctx context.Context, v vin.VIN, id, by string, at time.Time) (diagnostic.Record, error)
	Clear(ctx context.Context, v vin.VIN, id, by string, at time.Time) (diagnostic.Record, error)
}

// Diagnostics implements the operations about faults. All fields are required.
type Diagnostics struct {
	Cars interface {
		Vehicle(ctx context.Context, v vin.VIN) (vehicle.Vehicle, error)
	}
	Store   FaultReader
	Service FaultService
	Visit   visits
	Now     func() time.Time
}

// ListDiagnostics lists a car's faults: the open ones first, then the closed ones.
func (h *Diagnostics) ListDiagnostics(ctx context.Context, in oapi.ListDiagnosticsRequestObject) (oapi.ListDiagnosticsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	f := diagnostic.Filter{Since: visit.Since}
	if in.Params.Status != nil {
		f.Status = diagnostic.Status(*in.Params.Status)
	}
	list, err := h.Store.Records(ctx, visit.VIN, f, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list faults: %w", err)
	}
	return oapi.ListDiagnostics200JSONResponse(faultPage(list, visit)), nil
}

// AcknowledgeDiagnostic records that the caller has seen an open fault.
func (h *Diagnostics) AcknowledgeDiagnostic(ctx context.Context, in oapi.AcknowledgeDiagnosticRequestObject) (oapi.AcknowledgeDiagnosticResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.Service.Acknowledge(ctx, visit.VIN, recordID(in.DiagnosticId), visit.UserID, h.Now())
	if err != nil {
		return nil, fmt.Errorf("acknowledge a fault: %w", missing(err))
	}
	return oapi.AcknowledgeDiagnostic200JSONResponse(faultAnswer(r, visit)), nil
}

// ClearDiagnostic closes an open fault on the caller's request.
func (h *Diagnostics) ClearDiagnostic(ctx context.Context, in oapi.ClearDiagnosticRequestObject) (oapi.ClearDiagnosticResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.Service.Clear(ctx, visit.VIN, recordID(in.DiagnosticId), visit.UserID, h.Now())
	if err != nil {
		return nil, fmt.Errorf("clear a fault: %w", missing(err))
	}
	return oapi.ClearDiagnostic200JSONResponse(faultAnswer(r, visit)), nil
}

// faultID returns a record's id in a form for paths: for an open fault, code and control unit with a dot between them, which neither has;
// for a closed fault, its ULID.
func faultID(record string) string {
	if key, open := diagnostic.KeyOf(record); open {
		return strings.Replace(key, "#", ".", 1)
	}
	return strings.TrimPrefix(record, diagnostic.HistoryPrefix)
}

// recordID returns the record's id for a faultID.
func recordID(id string) string {
	if code, ecu, open := strings.Cut(id, "."); open {
		return diagnostic.OpenPrefix + code + "#" + ecu
	}
	return diagnostic.HistoryPrefix + id
}

func faultPage(list paging.Page[diagnostic.Record], visit Visit) oapi.FaultPage {
	out := oapi.FaultPage{Items: make([]oapi.Fault, len(list.Items)), NextToken: given(list.Next)}
	for n, r := range list.Items {
		out.Items[n] = faultAnswer(r, visit)
	}
	return out
}

// faultAnswer renders a fault for the caller. An open fault is part of the car's state, but personal data from before the caller's
// ownership is removed, and only drivers see positions.
func faultAnswer(r diagnostic.Record, visit Visit) oapi.Fault {
	if r.FirstSeen.Before(visit.Since) {
		r = r.Redacted()
	}
	if !visit.Drives() {
		r.TripID, r.FreezeFrame = "", r.FreezeFrame.Technical()
	}
	confirmed, status := r.Confirmed(), int(r.StatusByte)
	out := oapi.Fault{
		DiagnosticId: faultID(r.ID), Vin: r.VIN, Status: oapi.FaultStatus(r.Status), Code: r.Fault.String(), Ecu: r.ECU, StatusByte: &status,
		Confirmed: &confirmed, Severity: oapi.Severity(r.Severity), Description: given(r.Description), FirstSeen: r.FirstSeen,
		LastSeen: r.LastSeen, Count: r.Count, Mil: &r.MIL, OdometerM: whole(r.OdometerM), TripId: given(r.TripID),
		AcknowledgedBy: visit.person(r.AcknowledgedBy), AcknowledgedAt: instantOf(r.AcknowledgedAt), ClosedAt: instantOf(r.ClosedAt),
		ClosedBy: given(oapi.FaultClosedBy(r.ClosedBy)),
	}
	if len(r.FreezeFrame) > 0 {
		frame := make(map[string]any, len(r.FreezeFrame))
		for path, v := range r.FreezeFrame {
			frame[path] = v.Any()
		}
		out.FreezeFrame = &frame
	}
	return out
}
