package httpapi

import "connectedcar/internal/httpapi/oapi"

// API is all operations, each part with its own. All fields are required.
type API struct {
	*Alerts
	*Certificates
	*Commands
	*Diagnostics
	*Fleet
	*HealthReports
	*Me
	*Ownership
	*Preferences
	*Realtime
	*Shadows
	*States
	*Telemetry
	*Trips
	*Vehicles
}

var _ oapi.StrictServerInterface = API{}
