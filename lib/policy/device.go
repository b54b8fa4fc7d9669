package policy

import "connectedcar/internal/names"

// thing is replaced by AWS IoT with the name of the thing that the connection belongs to. It is replaced only where the client id
// is the thing's name; in a statement where it is not, nothing is allowed.
// https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
const thing = "${iot:Connection.Thing.ThingName}"

// MaxDeviceDocument is the largest policy document of AWS IoT, in characters without white space:
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
const MaxDeviceDocument = 2048

// Shadows are the named shadows of a car. A car writes no other.
func Shadows() []string { return []string{"climate", "config", "state"} }

// Device is a policy that every car's certificate has: a car connects under its own name, publishes on its own topics, answers
// its own commands and reads and writes its own shadows. The wildcards stand below the car's own name only.
func Device(app names.Application, at Place) Document {
	connect := Allow([]string{"iot:Connect"}, []string{at.IoT("client", thing)})
	connect.Condition = map[string]map[string]string{"Bool": {"iot:Connection.Thing.IsAttached": "true"}}
	return Document{Version: Version, Statement: []Statement{
		connect,
		Allow([]string{"iot:Publish"}, devicePublishes(app, at)),
		// Each of these actions looks at one of the two kinds of resource alone, so one statement holds both.
		Allow([]string{"iot:Receive", "iot:Subscribe"}, append(deviceReads(app, at, "topic"), deviceReads(app, at, "topicfilter")...)),
	}}
}

// BasicIngest is the other policy that every car's certificate has: a car hands messages of each kind straight to the kind's rule. It
// names each rule: a wildcard there would let a car hand any payload to any rule, because Basic Ingest passes a rule's FROM by. It is a
// policy of its own because both together are longer than AWS IoT allows one to be.
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

// deviceReads are the answers of a car's shadows and the requests to it.
func deviceReads(app names.Application, at Place, kind string) []string {
	return []string{at.IoT(kind, app.CommandRequest(thing, "*")), at.IoT(kind, shadow("*", "*"))}
}

func shadow(name, verb string) string {
	return "$aws/things/" + thing + "/shadow/name/" + name + "/" + verb
}
