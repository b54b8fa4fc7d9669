package redrive

import "connectedcar/internal/names"

// Kind is a kind of failures, by the name that people call it by.
type Kind struct {
	Name     string
	Failures string // output with the queue's URL, or the bucket's name
	What     string // what they are, for people
}

// Kinds are all kinds of failures that can be looked at and brought back.
func Kinds() []Kind {
	return []Kind{
		{"telemetry", names.OutputTelemetryFailureQueue, "telemetry that was unreadable, too old or from the future"},
		{"lake", names.OutputLakeFailures, "telemetry that no rows for analysis could be made of"},
		{"registration", names.OutputRegistrationFailures, "certificates whose registration was given up"},
		{"diagnostics", names.OutputDiagnosticsFailures, "trouble codes that their function set aside or gave up on"},
		{"trips", names.OutputTripFailures, "trips, likewise"},
		{"events", names.OutputEventFailures, "crashes, tows and harsh driving, likewise"},
		{"presence", names.OutputPresenceFailures, "connects and disconnects, likewise"},
		{"commands", names.OutputCommandFailures, "answers to commands, likewise"},
		{"notify", names.OutputNotifyFailures, "notifications that did not go out, and changes of alerts that nobody was told of"},
		{"listeners", names.OutputListenersFailures, "changes of who may listen to which cars, and ends of grants"},
		{"findings", names.OutputFindingsFailures, "what the windows over the fleet found and could not be read"},
		{"rules", names.OutputRuleFailureQueue, "messages whose rule in AWS IoT could not deliver them"},
		{"batches", names.OutputFailuresBucket, "batches of the streams that their consumers gave up on"},
	}
}
