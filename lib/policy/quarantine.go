package policy

import (
	"slices"

	"connectedcar/internal/names"
)

// Quarantine is the policy of the thing group of cars that are cut off from the others until somebody has looked at them. A denial wins over
// what the car's own policies allow: it still connects, which a renewed certificate needs, sends trouble codes and health reports, and answers
// commands, with which it is diagnosed. Its telemetry, trips, events and shadows reach nobody.
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
