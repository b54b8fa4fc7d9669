package httpapi_test

import (
	"context"

	"connectedcar/internal/httpapi/oapi"
)

// letIn implements all operations without doing anything: a response of 200 means that the caller passed the guard.
type letIn struct{}

func (letIn) ListAlerts(context.Context, oapi.ListAlertsRequestObject) (oapi.ListAlertsResponseObject, error) {
	return nil, nil
}

func (letIn) ClaimVehicle(context.Context, oapi.ClaimVehicleRequestObject) (oapi.ClaimVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) GetWorklist(context.Context, oapi.GetWorklistRequestObject) (oapi.GetWorklistResponseObject, error) {
	return nil, nil
}

func (letIn) GetTopDiagnostics(context.Context, oapi.GetTopDiagnosticsRequestObject) (oapi.GetTopDiagnosticsResponseObject, error) {
	return nil, nil
}

func (letIn) GetFleetSummary(context.Context, oapi.GetFleetSummaryRequestObject) (oapi.GetFleetSummaryResponseObject, error) {
	return nil, nil
}

func (letIn) GetHealth(context.Context, oapi.GetHealthRequestObject) (oapi.GetHealthResponseObject, error) {
	return nil, nil
}

func (letIn) GetMe(context.Context, oapi.GetMeRequestObject) (oapi.GetMeResponseObject, error) {
	return nil, nil
}

func (letIn) RemovePhone(context.Context, oapi.RemovePhoneRequestObject) (oapi.RemovePhoneResponseObject, error) {
	return nil, nil
}

func (letIn) AddPhone(context.Context, oapi.AddPhoneRequestObject) (oapi.AddPhoneResponseObject, error) {
	return nil, nil
}

func (letIn) VerifyPhone(context.Context, oapi.VerifyPhoneRequestObject) (oapi.VerifyPhoneResponseObject, error) {
	return nil, nil
}

func (letIn) GetPreferences(context.Context, oapi.GetPreferencesRequestObject) (oapi.GetPreferencesResponseObject, error) {
	return nil, nil
}

func (letIn) PutPreferences(context.Context, oapi.PutPreferencesRequestObject) (oapi.PutPreferencesResponseObject, error) {
	return nil, nil
}

func (letIn) OpenRealtime(context.Context, oapi.OpenRealtimeRequestObject) (oapi.OpenRealtimeResponseObject, error) {
	return nil, nil
}

func (letIn) ListVehicles(context.Context, oapi.ListVehiclesRequestObject) (oapi.ListVehiclesResponseObject, error) {
	return nil, nil
}

func (letIn) AllowVehicle(context.Context, oapi.AllowVehicleRequestObject) (oapi.AllowVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) GetVehicle(context.Context, oapi.GetVehicleRequestObject) (oapi.GetVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) UpdateVehicle(context.Context, oapi.UpdateVehicleRequestObject) (oapi.UpdateVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) ListVehicleAlerts(context.Context, oapi.ListVehicleAlertsRequestObject) (oapi.ListVehicleAlertsResponseObject, error) {
	return nil, nil
}

func (letIn) AcknowledgeAlert(context.Context, oapi.AcknowledgeAlertRequestObject) (oapi.AcknowledgeAlertResponseObject, error) {
	return nil, nil
}

func (letIn) ResolveAlert(context.Context, oapi.ResolveAlertRequestObject) (oapi.ResolveAlertResponseObject, error) {
	return nil, nil
}

func (letIn) DismissAlert(context.Context, oapi.DismissAlertRequestObject) (oapi.DismissAlertResponseObject, error) {
	return nil, nil
}

func (letIn) ListDismissals(context.Context, oapi.ListDismissalsRequestObject) (oapi.ListDismissalsResponseObject, error) {
	return nil, nil
}

func (letIn) WithdrawDismissal(context.Context, oapi.WithdrawDismissalRequestObject) (oapi.WithdrawDismissalResponseObject, error) {
	return nil, nil
}

func (letIn) ListCertificates(context.Context, oapi.ListCertificatesRequestObject) (oapi.ListCertificatesResponseObject, error) {
	return nil, nil
}

func (letIn) RevokeCertificate(context.Context, oapi.RevokeCertificateRequestObject) (oapi.RevokeCertificateResponseObject, error) {
	return nil, nil
}

func (letIn) IssueClaimCode(context.Context, oapi.IssueClaimCodeRequestObject) (oapi.IssueClaimCodeResponseObject, error) {
	return nil, nil
}

func (letIn) ListCommands(context.Context, oapi.ListCommandsRequestObject) (oapi.ListCommandsResponseObject, error) {
	return nil, nil
}

func (letIn) SendCommand(context.Context, oapi.SendCommandRequestObject) (oapi.SendCommandResponseObject, error) {
	return nil, nil
}

func (letIn) GetCommand(context.Context, oapi.GetCommandRequestObject) (oapi.GetCommandResponseObject, error) {
	return nil, nil
}

func (letIn) WithdrawLocationConsent(context.Context, oapi.WithdrawLocationConsentRequestObject) (oapi.WithdrawLocationConsentResponseObject, error) {
	return nil, nil
}

func (letIn) GetLocationConsent(context.Context, oapi.GetLocationConsentRequestObject) (oapi.GetLocationConsentResponseObject, error) {
	return nil, nil
}

func (letIn) SetLocationConsent(context.Context, oapi.SetLocationConsentRequestObject) (oapi.SetLocationConsentResponseObject, error) {
	return nil, nil
}

func (letIn) ListDiagnostics(context.Context, oapi.ListDiagnosticsRequestObject) (oapi.ListDiagnosticsResponseObject, error) {
	return nil, nil
}

func (letIn) AcknowledgeDiagnostic(context.Context, oapi.AcknowledgeDiagnosticRequestObject) (oapi.AcknowledgeDiagnosticResponseObject, error) {
	return nil, nil
}

func (letIn) ClearDiagnostic(context.Context, oapi.ClearDiagnosticRequestObject) (oapi.ClearDiagnosticResponseObject, error) {
	return nil, nil
}

func (letIn) ListGrants(context.Context, oapi.ListGrantsRequestObject) (oapi.ListGrantsResponseObject, error) {
	return nil, nil
}

func (letIn) GrantVehicle(context.Context, oapi.GrantVehicleRequestObject) (oapi.GrantVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) RevokeGrant(context.Context, oapi.RevokeGrantRequestObject) (oapi.RevokeGrantResponseObject, error) {
	return nil, nil
}

func (letIn) ListHealthReports(context.Context, oapi.ListHealthReportsRequestObject) (oapi.ListHealthReportsResponseObject, error) {
	return nil, nil
}

func (letIn) RequestHealthReport(context.Context, oapi.RequestHealthReportRequestObject) (oapi.RequestHealthReportResponseObject, error) {
	return nil, nil
}

func (letIn) GetHealthReport(context.Context, oapi.GetHealthReportRequestObject) (oapi.GetHealthReportResponseObject, error) {
	return nil, nil
}

func (letIn) GetLocation(context.Context, oapi.GetLocationRequestObject) (oapi.GetLocationResponseObject, error) {
	return nil, nil
}

func (letIn) ReleaseVehicle(context.Context, oapi.ReleaseVehicleRequestObject) (oapi.ReleaseVehicleResponseObject, error) {
	return nil, nil
}

func (letIn) EndOwnership(context.Context, oapi.EndOwnershipRequestObject) (oapi.EndOwnershipResponseObject, error) {
	return nil, nil
}

func (letIn) GetShadow(context.Context, oapi.GetShadowRequestObject) (oapi.GetShadowResponseObject, error) {
	return nil, nil
}

func (letIn) UpdateShadow(context.Context, oapi.UpdateShadowRequestObject) (oapi.UpdateShadowResponseObject, error) {
	return nil, nil
}

func (letIn) GetState(context.Context, oapi.GetStateRequestObject) (oapi.GetStateResponseObject, error) {
	return nil, nil
}

func (letIn) GetTelemetry(context.Context, oapi.GetTelemetryRequestObject) (oapi.GetTelemetryResponseObject, error) {
	return nil, nil
}

func (letIn) ListTrips(context.Context, oapi.ListTripsRequestObject) (oapi.ListTripsResponseObject, error) {
	return nil, nil
}

func (letIn) GetTrip(context.Context, oapi.GetTripRequestObject) (oapi.GetTripResponseObject, error) {
	return nil, nil
}
