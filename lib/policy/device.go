package policy

import "connectedcar/internal/names"

// thing is a policy variable that AWS IoT replaces with the name of the connection's thing. If the client id is not the thing's name, the
// variable is not replaced, and its statement allows nothing.
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
const thing = "${iot:Connection.Thing.ThingName}"

// MaxDeviceDocument is the maximum size of an AWS IoT policy document, in characters without white space:
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
const MaxDeviceDocument = 2048

// Shadows returns the names of a car's shadows. A car may write no others.
func Shadows() []string { return []string{"climate", "config", "state"} }

// Device returns the policy of every car's certificate: a car may connect under its own name, publish on its own topics, answer its own
// commands, and read and write its own shadows. Wildcards appear only below the car's own name.
func Device(app names.Application, at Place) Document {
	connect := Allow([]string{"iot:Connect"}, []string{at.IoT("client", thing)})
	connect.Condition = map[string]map[string]string{"Bool": {"iot:Connection.Thing.IsAttached": "true"}}
	return Document{Version: Version, Statement: []Statement{
		connect,
		Allow([]string{"iot:Publish"}, devicePublishes(app, at)),
		// Each of the two actions applies to one of the two kinds of resource, so that one statement can hold both.
		Allow([]string{"iot:Receive", "iot:Subscribe"}, append(deviceReads(app, at, "topic"), deviceReads(app, at, "topicfilter")...)),
	}}
}

// BasicIngest returns the second policy of every car's certificate: a car may publish messages of each kind directly to that kind's rule.
// The policy names each rule. A wildcard would let a car send any payload to any rule, because Basic Ingest does not evaluate a rule's FROM
// clause. It is separate from Device because both together exceed MaxDeviceDocument.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
func BasicIngest(app names.Application, at Place) Document {
	var topics []string
	for _, kind := range names.Kinds() {
		topics = append(topics, "$aws/rules/"+app.RuleName(string(kind))+"/"+app.Topic(thing, "*"))
	}
	return Document{Version: Version, Statement: []Statement{Allow([]string{"iot:Publish"}, at.topics(topics))}}
}

func devicePublishes(app names.Application, at Place) []string {
	topics := []string{app.Topic(thing, "*"), app.CommandResponse(thing, "*"), shadow("*", "get")}
	for _, name := range Shadows() {
		topics = append(topics, shadow(name, "update"))
	}
	return at.topics(topics)
}

// deviceReads returns the topics that a car subscribes to: responses of its shadows, and requests to it.
func deviceReads(app names.Application, at Place, kind string) []string {
	return []string{at.IoT(kind, app.CommandRequest(thing, "*")), at.IoT(kind, shadow("*", "*"))}
}

func shadow(name, verb string) string {
	return "$aws/things/" + thing + "/shadow/name/" + name + "/" + verb
}
