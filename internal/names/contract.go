// Package names has the names that the infrastructure, the functions, the tools and the cars share: environment variables, stack outputs,
// topics, rules and registry groups. It imports only the standard library, so that every other package may import it.
package names

// Environment variables that the stacks set and the functions read.
const (
	EnvVehiclesTable       = "VEHICLES_TABLE"
	EnvCertificatesTable   = "CERTIFICATES_TABLE"
	EnvVehicleStateTable   = "VEHICLE_STATE_TABLE"
	EnvTelemetryTable      = "TELEMETRY_TABLE"
	EnvAlertsTable         = "ALERTS_TABLE"
	EnvFailureQueueURL     = "FAILURE_QUEUE_URL"
	EnvTelemetryStream     = "TELEMETRY_STREAM"     // name of the telemetry stream
	EnvLakeNested          = "LAKE_NESTED"          // true: one row per message, with its readings in a list; false: one row per reading
	EnvCertificateLifetime = "CERTIFICATE_LIFETIME" // the longest validity of a car's certificate, a Go duration
	EnvDevicePolicies      = "DEVICE_POLICIES"      // names of the policies that every car's certificate gets, separated by commas
	EnvThingType           = "THING_TYPE"
	EnvTelemetryRetention  = "TELEMETRY_RETENTION" // time for which samples are kept in the history table, a Go duration
	EnvHealthReportsTable  = "HEALTH_REPORTS_TABLE"
	EnvTripsTable          = "TRIPS_TABLE"
	EnvDiagnosticsTable    = "DIAGNOSTICS_TABLE"
	EnvPreferencesTable    = "PREFERENCES_TABLE"
	EnvCommandsTable       = "COMMANDS_TABLE"
	EnvGrantsTable         = "GRANTS_TABLE"
	EnvOneTimeTable        = "ONE_TIME_TABLE"
	EnvApplication         = "APPLICATION"          // the name of the Application
	EnvApplicationID       = "AWS_SDK_UA_APP_ID"    // the function's name, which the AWS SDK adds to its User-Agent header
	EnvUserPoolID          = "USER_POOL_ID"         // id of the user pool whose tokens are accepted
	EnvUserPoolClients     = "USER_POOL_CLIENT_IDS" // ids of the app clients whose tokens are accepted, separated by commas
	EnvTokenUse            = "TOKEN_USE"            // token that the API accepts: access, or id if the pool cannot customize access tokens
	EnvIdentityPoolID      = "IDENTITY_POOL_ID"     // id of the identity pool, which gives signed-in users AWS credentials for MQTT
	EnvTrustedEmail        = "TRUSTED_EMAIL"        // identity providers whose e-mail addresses count as verified, separated by commas
	EnvFederatedMFA        = "FEDERATED_MFA"        // identity providers that require multi-factor authentication, separated by commas
	EnvRoleMappings        = "ROLE_MAPPINGS"        // a JSON object from identity provider to its RoleMapping
	EnvAlertTopics         = "ALERT_TOPICS"         // a JSON object from audience (manufacturer, dealer, operator) to the ARN of its SNS topic
	EnvEventBus            = "EVENT_BUS"            // name of the event bus for integrations
	EnvEmailSender         = "EMAIL_SENDER"         // the verified sender address of e-mail; empty: no e-mail is sent
	// EnvCertificateAuthorities is a JSON object from CA certificate id to CertificateAuthority. It lists the CAs whose cars this
	// environment registers, and the manufacturer of each.
	EnvCertificateAuthorities = "CERTIFICATE_AUTHORITIES"
)

// EnvTextCountries is a JSON object from the prefix of a phone number, such as +49, to the number of verification codes that may be sent
// to such numbers in a day.
const EnvTextCountries = "TEXT_COUNTRIES"

// EnvMakers is a JSON object from world manufacturer identifier, with which a VIN begins, to manufacturer id.
const EnvMakers = "MANUFACTURER_WMIS"

// CertificateAuthority is one value of the object in EnvCertificateAuthorities.
type CertificateAuthority struct {
	Manufacturer string `json:"manufacturer"` // manufacturerId of the cars for which this CA may issue certificates
	ThingGroup   string `json:"thingGroup"`   // the manufacturer's thing group
}

// RoleMapping is one value of the object in EnvRoleMappings: it maps the groups of an identity provider to roles.
type RoleMapping struct {
	Claim  string            `json:"claim"`  // the user pool attribute with the provider's groups
	Groups map[string]string `json:"groups"` // the provider's group -> manufacturer, dealer, driver or operator
	// Manufacturer and Dealer are the company of all the provider's users, regardless of the provider's claims. Empty: the attribute of
	// each user counts.
	Manufacturer string `json:"manufacturerId,omitempty"`
	Dealer       string `json:"dealerId,omitempty"`
}

// Outputs of the stacks, which tools read to find the deployed resources.
const (
	OutputParts                 = "Parts" // the stacks deployed with these settings, by the last part of their names, separated by commas
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
	OutputAPIURL                = "ApiUrl" // URL of /v1
	OutputUserPoolID            = "UserPoolId"
	OutputConsoleClientID       = "ConsoleClientId" // id of the console's app client
	OutputMobileClientID        = "MobileClientId"  // id of the mobile app's app client
	OutputCLIClientID           = "CliClientId"     // id of carctl's app client
	OutputSignInURL             = "SignInUrl"       // URL of the managed sign-in pages
	OutputIdentityPoolID        = "IdentityPoolId"
	OutputManufacturerTopic     = "ManufacturerAlertTopic" // ARN of the SNS topic of alerts for manufacturers
	OutputDealerTopic           = "DealerAlertTopic"
	OutputOperatorTopic         = "OperatorAlertTopic"
	OutputEventBus              = "EventBus"
	OutputLakeFailures          = "LakeFailures"  // URL: telemetry that could not be converted to rows, with the reason
	OutputLakeDatabase          = "LakeDatabase"  // database of the lake's table
	OutputLakeCatalog           = "LakeCatalog"   // Athena's data catalogue of that database; AwsDataCatalog unless the lake uses Iceberg
	OutputLakeDelivery          = "LakeDelivery"  // name of the delivery stream to the lake
	OutputLakeWorkgroup         = "LakeWorkgroup" // Athena's workgroup for users' own queries
	OutputLakeBucket            = "LakeBucket"
	OutputResultsBucket         = "ResultsBucket"     // bucket of query results
	OutputNotifyQueue           = "NotifyQueue"       // URL: queue of deliveries
	OutputNotifyFunction        = "NotifyFunction"    // name of the function that sends notifications of alerts
	OutputListenersFailures     = "ListenersFailures" // URL: dead-letter queue of changes of users' access to cars' live data
	OutputListenersFunction     = "ListenersFunction" // name of the function that processes those changes
	OutputNotifyFailures        = "NotifyFailures"    // URL: dead-letter queue of notifications, with the reason
	OutputFlinkApplication      = "FlinkApplication"  // name of the Flink application that analyses the whole fleet
	OutputFindingsFailures      = "FindingsFailures"  // URL: findings of that application that could not be read, with the reason
	OutputFindingsStream        = "FindingsStream"    // name of the stream of that application's findings
	OutputRawBucket             = "RawBucket"
	OutputFailuresBucket        = "FailuresBucket" // batches that failed in the stream's consumers until the last retry, with their payload
	OutputTelemetryStream       = "TelemetryStream"
	OutputApplication           = "Application"           // the name of the Application
	OutputDevicePolicy          = "DevicePolicy"          // name of the first policy of every car's certificate
	OutputBasicIngestPolicy     = "BasicIngestPolicy"     // name of the second policy of every car's certificate
	OutputQuarantinePolicy      = "QuarantinePolicy"      // name of the policy of quarantined cars, which denies everything but diagnosis
	OutputQuarantineGroup       = "QuarantineGroup"       // name of the thing group of quarantined cars
	OutputTelemetryFailureQueue = "TelemetryFailureQueue" // URL: messages that the telemetry function quarantined, with the reason
	OutputRegistrationQueue     = "RegistrationQueue"     // URL: queue of just-in-time registrations
	OutputRegistrationFailures  = "RegistrationFailures"  // URL: dead-letter queue of registrations
	OutputRuleFailureQueue      = "RuleFailureQueue"      // URL: messages whose rule action failed, in AWS IoT's error documents
)

// StackPrefix is the beginning of every stack's name: connectedcar-<environment>-<data|fleet|ingest|...>.
const StackPrefix = "connectedcar"
