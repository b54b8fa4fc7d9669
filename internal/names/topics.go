package names

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind is the last level of a topic on which a car publishes.
type Kind string

// The kinds of message that a car sends.
const (
	Telemetry    Kind = "telemetry"
	Diagnostics  Kind = "diagnostics"
	Trip         Kind = "trip"
	Event        Kind = "event"
	HealthReport Kind = "healthreport"
)

// Kinds are all kinds of message that a car sends.
func Kinds() []Kind { return []Kind{Telemetry, Diagnostics, Trip, Event, HealthReport} }

// Application is the second level of every topic, `cars` by default. All environments of one account and region share one
// device gateway, so the application tells their topics, rules and registry groups apart.
type Application string

// DefaultApplication is the application of an environment that has its account and region to itself.
const DefaultApplication Application = "cars"

var applicationPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,15}$`)

// ParseApplication checks that s can be a topic level, a prefix of rule names and a prefix of thing groups.
func ParseApplication(s string) (Application, error) {
	if !applicationPattern.MatchString(s) {
		return "", fmt.Errorf("application %q: allowed are 1 to 16 lower-case letters, digits and hyphens, a letter first", s)
	}
	return Application(s), nil
}

// Topic is the topic of messages of that kind from the car of that thing name: dt/<application>/<thing>/<kind>.
func (a Application) Topic(thing string, k Kind) string {
	return "dt/" + string(a) + "/" + thing + "/" + string(k)
}

// Filter matches the topic of that kind for every car.
func (a Application) Filter(k Kind) string { return a.Topic("+", k) }

// BasicIngest is Topic by way of the rule alone, which spares the messaging charge. The three levels before `dt` do not count
// in the rule's topic(n).
func (a Application) BasicIngest(thing string, k Kind) string {
	return "$aws/rules/" + a.RuleName(string(k)) + "/" + a.Topic(thing, k)
}

// RuleName is the name of the rule for that purpose. It is part of the cars' firmware (Basic Ingest), so it is stable, and AWS
// allows only letters, digits and underscores in it.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
func (a Application) RuleName(purpose string) string {
	return strings.ReplaceAll(string(a), "-", "_") + "_" + purpose
}

// AlertRequest is the topic of alerts to the car of that thing name.
func (a Application) AlertRequest(thing string) string {
	return "cmd/" + string(a) + "/" + thing + "/alert/req"
}

// CommandRequest is the topic of the command with that id to the car of that thing name.
func (a Application) CommandRequest(thing, commandID string) string {
	return "cmd/" + string(a) + "/" + thing + "/" + commandID + "/req"
}

// CommandResponse is the topic of the car's answer to the command with that id.
func (a Application) CommandResponse(thing, commandID string) string {
	return "cmd/" + string(a) + "/" + thing + "/" + commandID + "/res"
}

// CertificateRegistered is the reserved topic on which AWS IoT announces a certificate that a car presented for the first time. With "+" it matches
// every certificate authority of the account.
// https://docs.aws.amazon.com/iot/latest/developerguide/auto-register-device-cert.html
func CertificateRegistered(caCertificateID string) string {
	return "$aws/events/certificates/registered/" + caCertificateID
}

// Presence is the reserved topic of AWS IoT's life-cycle events, connects and disconnects; the event is one of these words. With "+" it matches
// every client of the account and region, other environments' among them.
// https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
func Presence(event, clientID string) string { return "$aws/events/presence/" + event + "/" + clientID }

// Purposes of the rules that are not for a Kind of message.
const (
	RuleRegistration    = "registration"
	RuleMismatch        = "identity_mismatch"
	RuleChannel         = "channel" // where AWS IoT Analytics keeps telemetry
	RulePresence        = "presence"
	RuleCommandResponse = "command_response"
)

// ThingType is the thing type of every car.
func (a Application) ThingType() string {
	if a == DefaultApplication {
		return "Vehicle"
	}
	return "Vehicle-" + string(a)
}

// ThingGroup is the name of the thing group for that purpose. The underscore cannot be part of an application, so no two
// applications share a group.
func (a Application) ThingGroup(purpose string) string { return string(a) + "_" + purpose }

// ManufacturerGroup is the name of the thing group of the manufacturer's cars.
func (a Application) ManufacturerGroup(id string) string { return a.ThingGroup("manufacturer_" + id) }
