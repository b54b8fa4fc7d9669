package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	evaluate "connectedcar/internal/twin/iot/policy"
	"connectedcar/lib/policy"
)

const (
	car   = "1HGCM82633A004352"
	other = "1HGCM82633A004353"
)

var place = policy.Place{Partition: "aws", Region: "eu-central-1", Account: "123456789012"}

// resource is the ARN of a resource that is given as kind/name.
func resource(text string) string {
	kind, name, _ := strings.Cut(text, "/")
	return place.IoT(kind, name)
}

// decide evaluates the device policy as AWS IoT does, for a connected car whose certificate is attached to its thing.
func decide(t *testing.T, action, resource string) bool {
	t.Helper()
	var policies []evaluate.Named
	for name, written := range map[string]policy.Document{"device": policy.Device("cars", place), "basic ingest": policy.BasicIngest("cars", place)} {
		b, err := json.Marshal(written)
		require.NoError(t, err)
		document, err := evaluate.Parse(b)
		require.NoError(t, err)
		assert.Empty(t, document.Unknown(), "the evaluation would skip these")
		policies = append(policies, evaluate.Named{Name: name, Document: document})
	}
	return evaluate.NewSet(policies...).Decide(evaluate.Request{
		Action: action, Resource: resource,
		Connection: &evaluate.Connection{ClientID: car, Thing: &evaluate.Thing{Name: car, Attached: true}},
	}).Allowed
}

func TestCarMayDoWhatItMust(t *testing.T) {
	for name, request := range map[string][2]string{
		"connect under its name":             {"iot:Connect", "client/" + car},
		"publish telemetry":                  {"iot:Publish", "topic/dt/cars/" + car + "/telemetry"},
		"publish a trip":                     {"iot:Publish", "topic/dt/cars/" + car + "/trip"},
		"publish telemetry by Basic Ingest":  {"iot:Publish", "topic/$aws/rules/cars_telemetry/dt/cars/" + car + "/telemetry"},
		"publish a trip by Basic Ingest":     {"iot:Publish", "topic/$aws/rules/cars_trip/dt/cars/" + car + "/trip"},
		"publish a report by Basic Ingest":   {"iot:Publish", "topic/$aws/rules/cars_healthreport/dt/cars/" + car + "/healthreport"},
		"answer a command":                   {"iot:Publish", "topic/cmd/cars/" + car + "/42/res"},
		"subscribe to its commands":          {"iot:Subscribe", "topicfilter/cmd/cars/" + car + "/+/req"},
		"receive an alert":                   {"iot:Receive", "topic/cmd/cars/" + car + "/alert/req"},
		"read its configuration":             {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/config/get"},
		"write its state":                    {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/state/update"},
		"hear of changes of its climate":     {"iot:Subscribe", "topicfilter/$aws/things/" + car + "/shadow/name/climate/update/delta"},
		"receive a change of its climate":    {"iot:Receive", "topic/$aws/things/" + car + "/shadow/name/climate/update/delta"},
		"subscribe to all answers of shadow": {"iot:Subscribe", "topicfilter/$aws/things/" + car + "/shadow/name/config/#"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.True(t, decide(t, request[0], resource(request[1])))
		})
	}
}

func TestCarMayDoNothingElse(t *testing.T) {
	for name, request := range map[string][2]string{
		"connect under another's name":                {"iot:Connect", "client/" + other},
		"publish another's telemetry":                 {"iot:Publish", "topic/dt/cars/" + other + "/telemetry"},
		"publish another's by Basic Ingest":           {"iot:Publish", "topic/$aws/rules/cars_telemetry/dt/cars/" + other + "/telemetry"},
		"publish in another environment":              {"iot:Publish", "topic/dt/cars-dev/" + car + "/telemetry"},
		"register certificates by Basic Ingest":       {"iot:Publish", "topic/$aws/rules/cars_registration/dt/cars/" + car + "/telemetry"},
		"reach a rule with a topic of its making":     {"iot:Publish", "topic/$aws/rules/cars_telemetry/anything"},
		"announce a certificate":                      {"iot:Publish", "topic/$aws/events/certificates/registered/ca"},
		"command itself":                              {"iot:Publish", "topic/cmd/cars/" + car + "/42/req"},
		"answer another's command":                    {"iot:Publish", "topic/cmd/cars/" + other + "/42/res"},
		"pretend that a shadow was accepted":          {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/state/update/documents"},
		"write a shadow that is none of its":          {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/extra/update"},
		"write the classic shadow":                    {"iot:Publish", "topic/$aws/things/" + car + "/shadow/update"},
		"delete a shadow":                             {"iot:Publish", "topic/$aws/things/" + car + "/shadow/name/state/delete"},
		"subscribe to everything":                     {"iot:Subscribe", "topicfilter/#"},
		"subscribe to every car's commands":           {"iot:Subscribe", "topicfilter/cmd/cars/+/+/req"},
		"subscribe to its own telemetry":              {"iot:Subscribe", "topicfilter/dt/cars/" + car + "/telemetry"},
		"receive another's commands":                  {"iot:Receive", "topic/cmd/cars/" + other + "/42/req"},
		"retain messages":                             {"iot:RetainPublish", "topic/dt/cars/" + car + "/telemetry"},
		"read another's shadow over HTTP":             {"iot:GetThingShadow", "thing/" + other},
		"publish where a car's name starts like this": {"iot:Publish", "topic/dt/cars/" + car + "X/telemetry"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.False(t, decide(t, request[0], resource(request[1])))
		})
	}
}

func TestCarThatIsNotAttachedMayNotConnect(t *testing.T) {
	b, err := json.Marshal(policy.Device("cars", place))
	require.NoError(t, err)
	document, err := evaluate.Parse(b)
	require.NoError(t, err)
	request := evaluate.Request{Action: "iot:Connect", Resource: place.IoT("client", car), Connection: &evaluate.Connection{ClientID: car}}
	assert.False(t, evaluate.NewSet(evaluate.Named{Name: "device", Document: document}).Decide(request).Allowed)
}

// TestPoliciesOfCarsFitEverywhere checks the policies' sizes with the longest application name and the longest region name of each
// partition.
func TestPoliciesOfCarsFitEverywhere(t *testing.T) {
	const longest names.Application = "abcdefghijklmnop"
	_, err := names.ParseApplication(string(longest) + "q")
	require.Error(t, err)
	for partition, region := range map[string]string{"aws": "ap-southeast-1", "aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"} {
		at := policy.Place{Partition: partition, Region: region, Account: "123456789012"}
		for name, document := range map[string]policy.Document{"device": policy.Device(longest, at), "basic ingest": policy.BasicIngest(longest, at)} {
			b, err := json.Marshal(document)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(b), policy.MaxDeviceDocument, "%s in %s", name, region)
		}
	}
}
