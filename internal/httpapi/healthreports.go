package httpapi

import (
	"context"
	"fmt"
	"net/url"

	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

// HealthReportService provides health reports.
type HealthReportService interface {
	Request(ctx context.Context, v vin.VIN, by string) (healthreport.Report, error)
	Report(ctx context.Context, v vin.VIN, id string) (healthreport.Report, error)
	Reports(ctx context.Context, v vin.VIN, f healthreport.Filter, p paging.Request) (paging.Page[healthreport.Report], error)
}

// HealthReports implements the operations about health reports. All fields are required.
type HealthReports struct {
	Service HealthReportService
	Visit   visits
}

// ListHealthReports lists a car's health reports, the newest first.
func (h *HealthReports) ListHealthReports(ctx context.Context, in oapi.ListHealthReportsRequestObject) (oapi.ListHealthReportsResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.Service.Reports(ctx, visit.VIN, healthreport.Filter{Since: visit.Since}, pageOf(in.Params.Limit, in.Params.NextToken))
	if err != nil {
		return nil, fmt.Errorf("list health reports: %w", err)
	}
	out := oapi.ListHealthReports200JSONResponse{Items: make([]oapi.HealthReport, len(list.Items)), NextToken: given(list.Next)}
	for n, r := range list.Items {
		out.Items[n] = reportAnswer(r, visit)
	}
	return out, nil
}

// RequestHealthReport requests a report from the car.
func (h *HealthReports) RequestHealthReport(ctx context.Context, _ oapi.RequestHealthReportRequestObject) (oapi.RequestHealthReportResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.Service.Request(ctx, visit.VIN, visit.UserID)
	if err != nil {
		return nil, fmt.Errorf("ask for a health report: %w", err)
	}
	location := "/v1/vehicles/" + url.PathEscape(string(visit.VIN)) + "/healthreports/" + url.PathEscape(r.ID)
	return oapi.RequestHealthReport202JSONResponse{
		Body: reportAnswer(r, visit), Headers: oapi.RequestHealthReport202ResponseHeaders{Location: &location},
	}, nil
}

// GetHealthReport returns a health report, pending or ready.
func (h *HealthReports) GetHealthReport(ctx context.Context, in oapi.GetHealthReportRequestObject) (oapi.GetHealthReportResponseObject, error) {
	visit, err := h.Visit(ctx)
	if err != nil {
		return nil, err
	}
	r, err := h.Service.Report(ctx, visit.VIN, in.ReportId)
	if err == nil && !(healthreport.Filter{Since: visit.Since}).Takes(r) {
		err = fmt.Errorf("of another owner: %w", healthreport.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read health report %s: %w", in.ReportId, missing(err))
	}
	return oapi.GetHealthReport200JSONResponse(reportAnswer(r, visit)), nil
}

func reportAnswer(r healthreport.Report, visit Visit) oapi.HealthReport {
	out := oapi.HealthReport{ReportId: r.ID, Progress: oapi.HealthReportProgress(r.Progress), RequestedAt: instantOf(r.RequestedAt)}
	if r.Progress == healthreport.Pending {
		return out
	}
	out.Source, out.At = given(oapi.HealthReportSource(r.Source)), instantOf(r.TS)
	codes := append([]string{}, r.DTCs...) // so that no codes are an empty list, not null
	out.OdometerM, out.ServiceDistanceM, out.Dtcs = whole(r.OdometerM), whole(r.ServiceDistanceM), &codes
	if visit.Drives() {
		out.TripId = given(r.TripID)
	}
	systems := make(map[string]oapi.HealthReportSystems, len(r.Systems))
	for system, status := range r.Systems {
		systems[string(system)] = oapi.HealthReportSystems(status)
	}
	out.Systems = &systems
	if len(r.Findings) == 0 {
		return out
	}
	findings := make([]struct {
		Detail string `json:"detail"`
		Status string `json:"status"`
		System string `json:"system"`
	}, len(r.Findings))
	for n, f := range r.Findings {
		findings[n].System, findings[n].Status, findings[n].Detail = string(f.System), string(f.Status), f.Detail
	}
	out.Findings = &findings
	return out
}
