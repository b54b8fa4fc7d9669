package redrive

import "connectedcar/internal/names"

// Kind describes a kind of failures, under the name that users pass to carctl.
type Kind struct {
	Name     string
	Failures string // stack output with the queue's URL or the bucket's name
	What     string // description for users
	Family   string // kind whose failures have the same messages; empty if each message fails only once
}

// Kinds are all kinds of failures that can be listed and brought back.
func Kinds() []Kind {
	all := []Kind{
		{"telemetry", names.OutputTelemetryFailureQueue, "telemetry that was unreadable, too old or from the future", ""},
		{"lake", names.OutputLakeFailures, "the same, where no rows for analysis could be made of it", string(names.Telemetry)},
		{"registration", names.OutputRegistrationFailures, "certificates whose registration was retried in vain", ""},
	}
	for _, w := range names.Workers {
		all = append(all, Kind{w.Name, w.GivenUp, w.Failed, ""})
	}
	return append(all,
		Kind{"notify", names.OutputNotifyFailures, "notifications that did not go out, and changes of alerts that nobody was told of", ""},
		Kind{"listeners", names.OutputListenersFailures, "changes of who may listen to which cars, and ends of grants", ""},
		Kind{Findings, names.OutputFindingsFailures, "what the windows over the fleet found and could not be read", ""},
		Kind{"rules", names.OutputRuleFailureQueue, "messages whose rule in AWS IoT could not deliver them", ""},
		Kind{"batches", names.OutputFailuresBucket, "batches of the streams that their consumers gave up on", ""},
	)
}
