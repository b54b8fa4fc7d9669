package policy

import (
	"slices"

	"connectedcar/internal/names"
)

// Quarantine returns the policy of the thing group for cars in quarantine. Its denials override the car's own policies. The car can still
// connect, which the renewal of its certificate needs, send trouble codes and health reports, and answer commands, which its diagnosis
// needs. Its telemetry, trips, events and shadows are blocked.
func Quarantine(app names.Application, at Place) Document {
	var publishes []string
	for _, kind := range names.Kinds() {
		if slices.Contains([]names.Kind{names.Diagnostics, names.HealthReport}, kind) {
			continue
		}
		publishes = append(publishes, app.Topic("*", kind), "$aws/rules/"+app.RuleName(string(kind))+"/*")
	}
	const shadows = "$aws/things/*/shadow/*"
	return Document{Version: Version, Statement: []Statement{
		deny([]string{"iot:Publish"}, at.topics(append(publishes, shadows))),
		deny([]string{"iot:Receive", "iot:Subscribe"}, []string{at.IoT("topic", shadows), at.IoT("topicfilter", shadows)}),
	}}
}

func deny(actions, resources []string) Statement {
	s := Allow(actions, resources)
	s.Effect = "Deny"
	return s
}
