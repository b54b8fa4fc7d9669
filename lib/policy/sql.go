package policy

import (
	"strings"

	"connectedcar/internal/names"
)

// SQLVersion is the version of the rules engine's SQL. AWS's default version lacks features that the rules here use.
const SQLVersion = "2016-03-23"

// body selects the car's whole payload into one member. The documentation allows * with AS
// (https://docs.aws.amazon.com/iot/latest/developerguide/dynamodb-v2-rule-action.html), but does not define which of two columns with the
// same name wins. Members of the payload are therefore never on the same level as stamps.
const body = "* AS " + names.MemberMessage

const receivedAt = "timestamp() AS " + names.StampIngestedAt

// stamps are columns that the platform adds to every message and that the payload cannot override.
var stamps = []string{"topic(3) AS " + names.StampVIN, "clientid() AS " + names.StampClientID, receivedAt}

// Messages returns the SQL that selects the messages of a kind whose sender is the car in the topic, with stamps. extra are additional
// columns.
func Messages(app names.Application, kind names.Kind, extra ...string) string {
	columns := append(append([]string{body}, extra...), stamps...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM '" + app.Filter(kind) + "' WHERE clientid() = topic(3)"
}

// Mismatches returns the SQL that selects the messages on a car's topic that another client sent, without their payload.
func Mismatches(app names.Application) string {
	return "SELECT topic() AS topic, clientid() AS clientId, timestamp() AS ingestedAt FROM '" + app.Topic("+", "#") +
		"' WHERE clientid() <> topic(3)"
}

// Registrations returns the SQL that selects the announcements of certificates that wait for activation.
func Registrations() string {
	return "SELECT * FROM '" + names.CertificateRegistered("+") + "' WHERE certificateStatus = 'PENDING_ACTIVATION'"
}

// CommandResponses returns the SQL that selects responses to commands whose sender is the car in the topic, with stamps and the command's
// id.
func CommandResponses(app names.Application) string {
	columns := append([]string{body, "topic(4) AS " + names.StampCommandID}, stamps...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM '" + app.CommandResponse("+", "+") + "' WHERE clientid() = topic(3)"
}

// Presence returns the SQL that selects connect and disconnect events. Only AWS IoT can publish on these topics. They include refused
// connections, which any client can cause. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
func Presence() string {
	return "SELECT " + body + ", topic(5) AS " + names.StampVIN + ", " + receivedAt + " FROM '" + names.Presence("+", "+") + "'" +
		" WHERE eventType = 'connected' OR eventType = 'disconnected'"
}
