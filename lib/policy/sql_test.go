package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/names"
	"connectedcar/internal/twin/iot/sql"
	"connectedcar/lib/policy"
)

// run evaluates a rule's SQL as AWS IoT does. The result is empty if the rule does not select the message.
func run(t *testing.T, rule, topic, client, payload string) string {
	t.Helper()
	statement, err := sql.Compile(rule, policy.SQLVersion)
	require.NoError(t, err, rule)
	if !statement.Matches(topic) {
		return ""
	}
	out, ok, err := statement.Evaluate(t.Context(), sql.Message{
		Topic: topic, ClientID: client, Payload: []byte(payload), At: time.UnixMilli(1700000000000),
	}, sql.Services{})
	require.NoError(t, err)
	if !ok {
		return ""
	}
	return string(out)
}

func TestMessagesAreStampedWithWhatThePlatformKnows(t *testing.T) {
	rule := policy.Messages("cars", names.HealthReport, "id AS reportId")
	topic := "dt/cars/" + car + "/healthreport"
	assert.JSONEq(t, `{"message": {"id": "r1", "vin": "FORGED", "clientId": "FORGED", "ingestedAt": 1}, "reportId": "r1", "vin": "`+car+`", "clientId": "`+car+`", "ingestedAt": 1700000000000}`,
		run(t, rule, topic, car, `{"id": "r1", "vin": "FORGED", "clientId": "FORGED", "ingestedAt": 1}`))
	assert.Empty(t, run(t, rule, topic, other, `{"id": "r1"}`), "another client's message is taken")
	assert.Empty(t, run(t, rule, "dt/cars-dev/"+car+"/healthreport", car, `{"id": "r1"}`), "another environment's message is taken")
	assert.Empty(t, run(t, rule, "dt/cars/"+car+"/telemetry", car, `{"id": "r1"}`), "a message of another kind is taken")
}

func TestMismatchesTellClientAndTopicButNoPayload(t *testing.T) {
	rule := policy.Mismatches("cars")
	topic := "dt/cars/" + car + "/event"
	assert.JSONEq(t, `{"topic": "`+topic+`", "clientId": "`+other+`", "ingestedAt": 1700000000000}`, run(t, rule, topic, other, `{"secret": 1}`))
	assert.Empty(t, run(t, rule, topic, car, `{}`))
}

func TestRegistrationsAreOfCertificatesThatWait(t *testing.T) {
	rule, topic := policy.Registrations(), names.CertificateRegistered("ca1")
	waiting := `{"certificateId": "c1", "certificateStatus": "PENDING_ACTIVATION"}`
	assert.JSONEq(t, waiting, run(t, rule, topic, "", waiting))
	assert.Empty(t, run(t, rule, topic, "", `{"certificateId": "c1", "certificateStatus": "ACTIVE"}`))
}

func TestCommandResponsesAreOfTheCarThatWasAsked(t *testing.T) {
	rule, topic := policy.CommandResponses("cars"), "cmd/cars/"+car+"/c1/res"
	assert.JSONEq(t, `{"message": {"status": "succeeded", "commandId": "FORGED", "vin": "FORGED"}, "commandId": "c1", "vin": "`+car+`", "clientId": "`+car+`", "ingestedAt": 1700000000000}`,
		run(t, rule, topic, car, `{"status": "succeeded", "commandId": "FORGED", "vin": "FORGED"}`))
	assert.Empty(t, run(t, rule, topic, other, `{"status": "succeeded"}`), "another client's answer is taken")
	assert.Empty(t, run(t, rule, "cmd/cars/"+car+"/c1/req", car, `{"status": "succeeded"}`), "a request is taken for an answer")
}

func TestPresenceIsOfEveryClient(t *testing.T) {
	for _, event := range []string{"connected", "disconnected"} {
		assert.JSONEq(t, `{"message": {"eventType": "`+event+`"}, "vin": "`+car+`", "ingestedAt": 1700000000000}`,
			run(t, policy.Presence(), names.Presence(event, car), "", `{"eventType": "`+event+`"}`))
	}
	assert.Empty(t, run(t, policy.Presence(), "$aws/events/subscriptions/subscribed/"+car, "", `{"eventType": "connected"}`))
	assert.Empty(t, run(t, policy.Presence(), names.Presence("connect_failed", car), "", `{"eventType": "connect_failed"}`))
}
