package redrive

import "connectedcar/internal/contract"

// Kind is a kind of failures, by the name that people call it by.
type Kind struct {
	Name     string
	Failures string // output with the queue's URL, or the bucket's name
	What     string // what they are, for people
}

// Kinds are all kinds of failures that can be looked at and brought back.
func Kinds() []Kind {
	return []Kind{
		{"telemetry", contract.OutputTelemetryFailureQueue, "telemetry that was unreadable, too old or from the future"},
		{"lake", contract.OutputLakeFailures, "telemetry that no rows for analysis could be made of"},
		{"registration", contract.OutputRegistrationFailures, "certificates whose registration was given up"},
		{"diagnostics", contract.OutputDiagnosticsFailures, "trouble codes that their function set aside or gave up on"},
		{"trips", contract.OutputTripFailures, "trips, likewise"},
		{"events", contract.OutputEventFailures, "crashes, tows and harsh driving, likewise"},
		{"presence", contract.OutputPresenceFailures, "connects and disconnects, likewise"},
		{"commands", contract.OutputCommandFailures, "answers to commands, likewise"},
		{"notify", contract.OutputNotifyFailures, "notifications that did not go out, and changes of alerts that nobody was told of"},
		{"listeners", contract.OutputListenersFailures, "changes of who may listen to which cars, and ends of grants"},
		{"findings", contract.OutputFindingsFailures, "what the windows over the fleet found and could not be read"},
		{"rules", contract.OutputRuleFailureQueue, "messages whose rule in AWS IoT could not deliver them"},
		{"batches", contract.OutputFailuresBucket, "batches of the streams that their consumers gave up on"},
	}
}
