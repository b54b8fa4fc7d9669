package policy

import (
	"strings"

	"connectedcar/internal/names"
)

// SQLVersion is the version of the rules engine's SQL. AWS's default is one without what our rules use.
const SQLVersion = "2016-03-23"

// body selects the car's payload, whole, in a member of its own. The documentation has * with AS
// (https://docs.aws.amazon.com/iot/latest/developerguide/dynamodb-v2-rule-action.html), but does not say which of two columns of one name
// wins: so no member of a car's stands beside a stamp.
const body = "* AS " + names.MemberMessage

const receivedAt = "timestamp() AS " + names.StampIngestedAt

// stamps are added to every message: what the platform knows, whatever the message says.
var stamps = []string{"topic(3) AS " + names.StampVIN, "clientid() AS " + names.StampClientID, receivedAt}

// Messages selects every message of a kind that comes from the car whose topic it is, stamped. extra are further columns.
func Messages(app names.Application, kind names.Kind, extra ...string) string {
	columns := append(append([]string{body}, extra...), stamps...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM '" + app.Filter(kind) + "' WHERE clientid() = topic(3)"
}

// Mismatches selects, without the payload, every message on a car's topic that another client sent.
func Mismatches(app names.Application) string {
	return "SELECT topic() AS topic, clientid() AS clientId, timestamp() AS ingestedAt FROM '" + app.Topic("+", "#") +
		"' WHERE clientid() <> topic(3)"
}

// Registrations selects the announcement of every certificate that waits for its activation.
func Registrations() string {
	return "SELECT * FROM '" + names.CertificateRegistered("+") + "' WHERE certificateStatus = 'PENDING_ACTIVATION'"
}

// CommandResponses selects every answer to a command that comes from the car that was asked, stamped, with the command's id.
func CommandResponses(app names.Application) string {
	columns := append([]string{body, "topic(4) AS " + names.StampCommandID}, stamps...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM '" + app.CommandResponse("+", "+") + "' WHERE clientid() = topic(3)"
}

// Presence selects every connect and disconnect. AWS IoT alone publishes there, and tells of connections that it refused too, which
// anybody can cause. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
func Presence() string {
	return "SELECT " + body + ", topic(5) AS " + names.StampVIN + ", " + receivedAt + " FROM '" + names.Presence("+", "+") + "'" +
		" WHERE eventType = 'connected' OR eventType = 'disconnected'"
}
