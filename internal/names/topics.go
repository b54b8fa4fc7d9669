package names

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind is a kind of message that a car publishes: the last level of the topic.
type Kind string

// The kinds of message that a car publishes.
const (
	Telemetry    Kind = "telemetry"
	Diagnostics  Kind = "diagnostics"
	Trip         Kind = "trip"
	Event        Kind = "event"
	HealthReport Kind = "healthreport"
)

// Kinds returns all kinds of message that a car publishes.
func Kinds() []Kind { return []Kind{Telemetry, Diagnostics, Trip, Event, HealthReport} }

// Application is the second level of every topic, `cars` by default. All environments in one account and region share one device gateway,
// so their topics, rules and registry groups are distinguished by the application.
type Application string

// DefaultApplication is the application of an environment that is alone in its account and region.
const DefaultApplication Application = "cars"

var applicationPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)

// ParseApplication validates the name of an application: it must be usable as a topic level, as a prefix of rule names and as a prefix of
// thing groups.
func ParseApplication(s string) (Application, error) {
	if !applicationPattern.MatchString(s) {
		return "", fmt.Errorf("application %q: allowed are 1 to 16 lower-case letters, digits and hyphens, a letter first", s)
	}
	return Application(s), nil
}

// Topic returns the topic of messages of that kind from the car with that thing name: dt/<application>/<thing>/<kind>.
func (a Application) Topic(thing string, k Kind) string {
	return "dt/" + string(a) + "/" + thing + "/" + string(k)
}

// Filter returns the topic filter for that kind from every car.
func (a Application) Filter(k Kind) string { return a.Topic("+", k) }

// BasicIngest returns the Basic Ingest topic for Topic: the message goes only to the rule, without the charge for messaging. In the rule's
// SQL, topic(n) does not count the levels before `dt`.
func (a Application) BasicIngest(thing string, k Kind) string {
	return "$aws/rules/" + a.RuleName(string(k)) + "/" + a.Topic(thing, k)
}

// RuleName returns the name of the rule for that purpose. Cars' firmware contains the name (Basic Ingest), so it must not change. AWS
// allows only letters, digits and underscores in it.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
func (a Application) RuleName(purpose string) string {
	return strings.ReplaceAll(string(a), "-", "_") + "_" + purpose
}

// AlertRequest returns the topic of alerts to the car with that thing name.
func (a Application) AlertRequest(thing string) string {
	return "cmd/" + string(a) + "/" + thing + "/alert/req"
}

// CommandRequest returns the topic of the command with that id to the car with that thing name.
func (a Application) CommandRequest(thing, commandID string) string {
	return "cmd/" + string(a) + "/" + thing + "/" + commandID + "/req"
}

// CommandResponse returns the topic of the car's answer to the command with that id.
func (a Application) CommandResponse(thing, commandID string) string {
	return "cmd/" + string(a) + "/" + thing + "/" + commandID + "/res"
}

// CertificateRegistered returns the reserved topic on which AWS IoT announces a certificate that a car presented for the first time. With
// "+", it matches every certificate authority of the account.
// https://docs.aws.amazon.com/iot/latest/developerguide/auto-register-device-cert.html
func CertificateRegistered(caCertificateID string) string {
	return "$aws/events/certificates/registered/" + caCertificateID
}

// Presence returns the reserved topic of AWS IoT's life-cycle events. event is "connected" or "disconnected". With "+" as clientID, the
// topic matches every client of the account and region, including those of other environments.
// https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
func Presence(event, clientID string) string { return "$aws/events/presence/" + event + "/" + clientID }

// Purposes of the rules, except for those that are for a Kind of message.
const (
	RuleRegistration    = "registration"
	RuleMismatch        = "identity_mismatch"
	RuleChannel         = "channel" // sends telemetry to the channel of AWS IoT Analytics
	RulePresence        = "presence"
	RuleCommandResponse = "command_response"
)

// ThingType returns the thing type of all cars.
func (a Application) ThingType() string {
	if a == DefaultApplication {
		return "Vehicle"
	}
	return "Vehicle-" + string(a)
}

// ThingGroup returns the name of the thing group for that purpose. An application's name has no underscore, so no two applications share a
// group.
func (a Application) ThingGroup(purpose string) string { return string(a) + "_" + purpose }

// ManufacturerGroup returns the name of the thing group of the manufacturer's cars.
func (a Application) ManufacturerGroup(id string) string { return a.ThingGroup("manufacturer_" + id) }
