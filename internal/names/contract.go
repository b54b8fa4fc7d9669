// Package names holds the names that the infrastructure, the functions, the tools and the cars share: environment
// variables, stack outputs, topics, rules and registry groups. It holds names and how they are spelled, nothing else, and
// imports only the standard library, so that every other package may import it.
package names

// Environment variables that the stacks set and the functions read.
const (
	EnvVehiclesTable       = "VEHICLES_TABLE"
	EnvCertificatesTable   = "CERTIFICATES_TABLE"
	EnvVehicleStateTable   = "VEHICLE_STATE_TABLE"
	EnvTelemetryTable      = "TELEMETRY_TABLE"
	EnvAlertsTable         = "ALERTS_TABLE"
	EnvFailureQueueURL     = "FAILURE_QUEUE_URL"
	EnvTelemetryStream     = "TELEMETRY_STREAM"     // name of the stream that telemetry comes from
	EnvLakeNested          = "LAKE_NESTED"          // true: one row a message, its readings in it; false: one row a reading
	EnvCertificateLifetime = "CERTIFICATE_LIFETIME" // the longest validity of a car's certificate, as a duration
	EnvDevicePolicies      = "DEVICE_POLICIES"      // names of the policies that every car's certificate gets, separated by commas
	EnvThingType           = "THING_TYPE"
	EnvTelemetryRetention  = "TELEMETRY_RETENTION" // how long hot history is kept, a Go duration
	EnvHealthReportsTable  = "HEALTH_REPORTS_TABLE"
	EnvTripsTable          = "TRIPS_TABLE"
	EnvDiagnosticsTable    = "DIAGNOSTICS_TABLE"
	EnvPreferencesTable    = "PREFERENCES_TABLE"
	EnvCommandsTable       = "COMMANDS_TABLE"
	EnvGrantsTable         = "GRANTS_TABLE"
	EnvOneTimeTable        = "ONE_TIME_TABLE"
	EnvApplication         = "APPLICATION"          // see Application
	EnvApplicationID       = "AWS_SDK_UA_APP_ID"    // read by the AWS SDK: the function's name
	EnvUserPoolID          = "USER_POOL_ID"         // the pool whose tokens count
	EnvUserPoolClients     = "USER_POOL_CLIENT_IDS" // the app clients whose tokens count, separated by commas
	EnvTokenUse            = "TOKEN_USE"            // which token the API takes: access, or id where the pool's plan cannot shape access tokens
	EnvIdentityPoolID      = "IDENTITY_POOL_ID"     // gives signed-in people AWS credentials for MQTT
	EnvTrustedEmail        = "TRUSTED_EMAIL"        // providers whose people's e-mail addresses are believed, separated by commas
	EnvFederatedMFA        = "FEDERATED_MFA"        // providers that do multi-factor authentication themselves, separated by commas
	EnvRoleMappings        = "ROLE_MAPPINGS"        // a JSON object from identity provider to its RoleMapping
	EnvAlertTopics         = "ALERT_TOPICS"         // a JSON object from audience (manufacturer, dealer, operator) to the ARN of its SNS topic
	EnvEventBus            = "EVENT_BUS"            // name of the event bus that integrations listen to
	EnvEmailSender         = "EMAIL_SENDER"         // the verified address that e-mail comes from; empty: no e-mail
	// EnvCertificateAuthorities is a JSON object from CA certificate id to CertificateAuthority: the CAs whose cars this
	// environment registers, and the manufacturer that each belongs to.
	EnvCertificateAuthorities = "CERTIFICATE_AUTHORITIES"
)

// EnvTextCountries is a JSON object from the beginning of a phone number, such as +49, to the verification codes that go there a day.
const EnvTextCountries = "TEXT_COUNTRIES"

// EnvMakers is a JSON object from world manufacturer identifier to manufacturer id: whose VINs begin so.
const EnvMakers = "MANUFACTURER_WMIS"

// CertificateAuthority is one value of the object in EnvCertificateAuthorities.
type CertificateAuthority struct {
	Manufacturer string `json:"manufacturer"` // manufacturerId of the vehicles that this CA may vouch for
	ThingGroup   string `json:"thingGroup"`   // the manufacturer's thing group
}

// RoleMapping is one value of the object in EnvRoleMappings: how the groups that an identity provider names become roles.
type RoleMapping struct {
	Claim  string            `json:"claim"`  // the user pool attribute that holds the provider's groups
	Groups map[string]string `json:"groups"` // the provider's group -> manufacturer, dealer, driver or operator
	// Manufacturer and Dealer are the company that all the provider's people act for, whatever the provider says. Empty: the
	// attribute of each person counts.
	Manufacturer string `json:"manufacturerId,omitempty"`
	Dealer       string `json:"dealerId,omitempty"`
}

// Outputs of the stacks, by which tools find what was deployed.
const (
	OutputParts                 = "Parts" // the stacks that the settings ask for, by the last part of their names, separated by commas
	OutputVehiclesTable         = "VehiclesTable"
	OutputCertificatesTable     = "CertificatesTable"
	OutputVehicleStateTable     = "VehicleStateTable"
	OutputTelemetryTable        = "TelemetryTable"
	OutputHealthReportsTable    = "HealthReportsTable"
	OutputAlertsTable           = "AlertsTable"
	OutputTripsTable            = "TripsTable"
	OutputDiagnosticsTable      = "DiagnosticsTable"
	OutputPreferencesTable      = "PreferencesTable"
	OutputCommandsTable         = "CommandsTable"
	OutputGrantsTable           = "GrantsTable"
	OutputOneTimeTable          = "OneTimeTable"
	OutputAPIURL                = "ApiUrl" // where /v1 begins
	OutputUserPoolID            = "UserPoolId"
	OutputConsoleClientID       = "ConsoleClientId" // app client of the console
	OutputMobileClientID        = "MobileClientId"  // app client of the mobile app
	OutputCLIClientID           = "CliClientId"     // app client of carctl
	OutputSignInURL             = "SignInUrl"       // where the managed sign-in pages are
	OutputIdentityPoolID        = "IdentityPoolId"
	OutputManufacturerTopic     = "ManufacturerAlertTopic" // ARN of the SNS topic of alerts for manufacturers
	OutputDealerTopic           = "DealerAlertTopic"
	OutputOperatorTopic         = "OperatorAlertTopic"
	OutputEventBus              = "EventBus"
	OutputLakeFailures          = "LakeFailures"  // URL: telemetry that no rows could be made of, with the reason
	OutputLakeDatabase          = "LakeDatabase"  // database of the lake's table in SQL
	OutputLakeCatalog           = "LakeCatalog"   // catalogue of that database, by Athena's name; AwsDataCatalog unless the lake is of Iceberg
	OutputLakeDelivery          = "LakeDelivery"  // name of the delivery stream to the lake
	OutputLakeWorkgroup         = "LakeWorkgroup" // Athena's workgroup of people's own questions
	OutputLakeBucket            = "LakeBucket"
	OutputResultsBucket         = "ResultsBucket"     // answers to questions
	OutputNotifyQueue           = "NotifyQueue"       // URL: deliveries to do
	OutputNotifyFunction        = "NotifyFunction"    // name of the function that follows alerts
	OutputListenersFailures     = "ListenersFailures" // URL: dead-letter queue of changes of who may listen to which cars
	OutputListenersFunction     = "ListenersFunction" // name of the function that follows those changes
	OutputNotifyFailures        = "NotifyFailures"    // URL: dead-letter queue of notifications, with the reason
	OutputFlinkApplication      = "FlinkApplication"  // name of the job that looks at the whole fleet
	OutputFindingsFailures      = "FindingsFailures"  // URL: findings of that job that could not be read, with the reason
	OutputFindingsStream        = "FindingsStream"    // name of the stream of what that job finds
	OutputRawBucket             = "RawBucket"
	OutputFailuresBucket        = "FailuresBucket" // batches that the stream's consumers gave up on, with their payload
	OutputTelemetryStream       = "TelemetryStream"
	OutputApplication           = "Application"           // see Application
	OutputDevicePolicy          = "DevicePolicy"          // name of a policy that every car's certificate gets
	OutputBasicIngestPolicy     = "BasicIngestPolicy"     // name of the other one
	OutputQuarantinePolicy      = "QuarantinePolicy"      // name of the policy that denies its cars all but diagnosis
	OutputQuarantineGroup       = "QuarantineGroup"       // name of the thing group of cars cut off from the fleet
	OutputTelemetryFailureQueue = "TelemetryFailureQueue" // URL: messages that the function telemetry quarantined, with the reason
	OutputRegistrationQueue     = "RegistrationQueue"     // URL: just-in-time registrations to do
	OutputRegistrationFailures  = "RegistrationFailures"  // URL: dead-letter queue of registrations
	OutputRuleFailureQueue      = "RuleFailureQueue"      // URL: messages whose rule action failed, as AWS IoT's error document
)

// StackPrefix starts the name of every stack: connectedcar-<environment>-<data|fleet|ingest>.
const StackPrefix = "connectedcar"
