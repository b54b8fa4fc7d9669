package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	evaluate "connectedcar/internal/twin/iot/policy"
	"connectedcar/lib/policy"
)

func TestACarInQuarantineIsDiagnosedAndRenewedAndNothingElse(t *testing.T) {
	var all []evaluate.Named
	for name, written := range map[string]policy.Document{
		"device": policy.Device("cars", place), "basic ingest": policy.BasicIngest("cars", place), "quarantine": policy.Quarantine("cars", place),
	} {
		b, err := json.Marshal(written)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(b), policy.MaxDeviceDocument, name)
		document, err := evaluate.Parse(b)
		require.NoError(t, err)
		assert.Empty(t, document.Unknown())
		all = append(all, evaluate.Named{Name: name, Document: document})
	}
	for name, tc := range map[string]struct {
		action, resource string
		allowed          bool
	}{
		"connects, as with a renewed certificate": {"iot:Connect", "client/" + car, true},
		"sends trouble codes":                     {"iot:Publish", "topic/dt/cars/" + car + "/diagnostics", true},
		"sends trouble codes by Basic Ingest":     {"iot:Publish", "topic/$aws/rules/cars_diagnostics/dt/cars/" + car + "/diagnostics", true},
		"sends a health report":                   {"iot:Publish", "topic/dt/cars/" + car + "/healthreport", true},
		"takes the command to diagnose itself":    {"iot:Subscribe", "topicfilter/cmd/cars/" + car + "/+/req", true},
		"answers it":                              {"iot:Publish", "topic/cmd/cars/" + car + "/42/res", true},
		"sends no telemetry":                      {"iot:Publish", "topic/dt/cars/" + car + "/telemetry", false},
		"sends no telemetry by Basic Ingest":      {"iot:Publish", "topic/$aws/rules/cars_telemetry/dt/cars/" + car + "/telemetry", false},
		"sends no trip":                           {"iot:Publish", "topic/dt/cars/" + car + "/trip", false},
		"reports no crash":                        {"iot:Publish", "topic/$aws/rules/cars_event/dt/cars/" + car + "/event", false},
		"reports no climate":                      {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/climate/update", false},
		"reads no configuration":                  {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/config/get", false},
		"hears nothing of its shadows":            {"iot:Receive", "topic/$aws/things/" + car + "/shadow/name/climate/update/delta", false},
		"subscribes to none of them":              {"iot:Subscribe", "topicfilter/$aws/things/" + car + "/shadow/name/+/update/delta", false},
	} {
		t.Run(name, func(t *testing.T) {
			decision := evaluate.NewSet(all...).Decide(evaluate.Request{
				Action: tc.action, Resource: resource(tc.resource),
				Connection: &evaluate.Connection{ClientID: car, Thing: &evaluate.Thing{Name: car, Attached: true}},
			})
			assert.Equal(t, tc.allowed, decision.Allowed)
		})
	}
}
