package policy

import (
	"strings"

	"connectedcar/internal/names"
)

// SQLVersion is the version of the rules engine's SQL. AWS's default is one without what our rules use.
const SQLVersion = "2016-03-23"

// stamps are the platform's own columns that every rule adds to a message.
var stamps = []string{"topic(3) AS vin", "clientid() AS clientId", "timestamp() AS ingestedAt"}

// Messages selects every message of a kind that comes from the car whose topic it is, stamped. extra are further columns.
func Messages(app names.Application, kind names.Kind, extra ...string) string {
	columns := append(append([]string{"*"}, extra...), stamps...)
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
	columns := append([]string{"*", "topic(4) AS commandId"}, stamps...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM '" + app.CommandResponse("+", "+") + "' WHERE clientid() = topic(3)"
}

// Presence selects every connect and disconnect. AWS IoT alone publishes there, and tells of connections that it refused too, which
// anybody can cause. https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
func Presence() string {
	return "SELECT *, topic(5) AS vin, timestamp() AS ingestedAt FROM '" + names.Presence("+", "+") + "'" +
		" WHERE eventType = 'connected' OR eventType = 'disconnected'"
}
