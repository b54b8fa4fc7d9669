// Package contract holds the names that the infrastructure, the functions, the tools and the cars share: environment
// variables, stack outputs, topics, rules and registry groups. It holds names and how they are spelled, nothing else, and
// imports only the standard library, so that every other package may import it.
package contract

// Environment variables that the stacks set and the functions read.
const (
	EnvVehiclesTable      = "VEHICLES_TABLE"
	EnvCertificatesTable  = "CERTIFICATES_TABLE"
	EnvVehicleStateTable  = "VEHICLE_STATE_TABLE"
	EnvTelemetryTable     = "TELEMETRY_TABLE"
	EnvAlertsTable        = "ALERTS_TABLE"
	EnvFailureQueueURL    = "FAILURE_QUEUE_URL"
	EnvDevicePolicy       = "DEVICE_POLICY"
	EnvThingType          = "THING_TYPE"
	EnvFleetGroup         = "FLEET_GROUP"
	EnvTelemetryRetention = "TELEMETRY_RETENTION" // how long hot history is kept, a Go duration
	// EnvCertificateAuthorities is a JSON object from CA certificate id to CertificateAuthority: the CAs whose cars this
	// environment registers, and the manufacturer that each belongs to.
	EnvCertificateAuthorities = "CERTIFICATE_AUTHORITIES"
)

// CertificateAuthority is one value of the object in EnvCertificateAuthorities.
type CertificateAuthority struct {
	Manufacturer string `json:"manufacturer"` // manufacturerId of the vehicles that this CA may vouch for
	ThingGroup   string `json:"thingGroup"`   // the manufacturer's thing group
}

// Outputs of the stacks, by which tools find what was deployed.
const (
	OutputVehiclesTable         = "VehiclesTable"
	OutputCertificatesTable     = "CertificatesTable"
	OutputVehicleStateTable     = "VehicleStateTable"
	OutputTelemetryTable        = "TelemetryTable"
	OutputHealthReportsTable    = "HealthReportsTable"
	OutputAlertsTable           = "AlertsTable"
	OutputRawBucket             = "RawBucket"
	OutputFailuresBucket        = "FailuresBucket" // batches that the stream's consumers gave up on, with their payload
	OutputTelemetryStream       = "TelemetryStream"
	OutputApplication           = "Application"           // see Application
	OutputDevicePolicy          = "DevicePolicy"          // name of the policy that every car's certificate gets
	OutputQuarantineGroup       = "QuarantineGroup"       // name of the thing group of cars cut off from the fleet
	OutputTelemetryFailureQueue = "TelemetryFailureQueue" // URL: messages that the telemetry function set aside, with the reason
	OutputRegistrationQueue     = "RegistrationQueue"     // URL: just-in-time registrations to do
	OutputRegistrationFailures  = "RegistrationFailures"  // URL: registrations given up on
	OutputRuleFailureQueue      = "RuleFailureQueue"      // URL: messages whose rule action failed, as AWS IoT's error document
)

// StackPrefix starts the name of every stack: connectedcar-<environment>-<data|fleet|ingest>.
const StackPrefix = "connectedcar"
