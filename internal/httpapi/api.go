package httpapi

import "connectedcar/internal/httpapi/oapi"

// API has all operations, by embedding the types that implement them. All fields are required.
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
