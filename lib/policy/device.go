package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	"connectedcar/internal/names"
)

// thing is replaced by AWS IoT with the name of the thing that the connection belongs to. It is replaced only where the client id
// is the thing's name; in a statement where it is not, nothing is allowed.
const thing = "${iot:Connection.Thing.ThingName}"

// MaxDeviceDocument is the largest policy document of AWS IoT, in characters without white space.
const MaxDeviceDocument = 2048

// Shadows are the named shadows of a car. A car writes no other.
func Shadows() []string { return []string{"climate", "config", "state"} }

// BasicIngest are the kinds of message that cars send straight to a rule. The policy names each
// rule: a wildcard there would let a car hand any payload to any rule, because Basic Ingest passes a rule's FROM by.
func BasicIngest() []names.Kind {
	return slices.DeleteFunc(names.Kinds(), func(k names.Kind) bool { return !k.BasicIngest() })
}

// Device is the policy that every car's certificate has: a car connects under its own name, publishes on its own topics, answers
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

func devicePublishes(app names.Application, at Place) []string {
	topics := []string{app.Topic(thing, "*"), app.CommandResponse(thing, "*")}
	for _, kind := range BasicIngest() {
		topics = append(topics, "$aws/rules/"+app.RuleName(string(kind))+"/"+app.Topic(thing, "*"))
	}
	topics = append(topics, shadow("*", "get"))
	for _, name := range Shadows() {
		topics = append(topics, shadow(name, "update"))
	}
	var arns []string
	for _, t := range topics {
		arns = append(arns, at.IoT("topic", t))
	}
	return arns
}

// deviceReads are the answers of a car's shadows and the requests to it.
func deviceReads(app names.Application, at Place, kind string) []string {
	return []string{at.IoT(kind, app.CommandRequest(thing, "*")), at.IoT(kind, shadow("*", "*"))}
}

func shadow(name, verb string) string {
	return "$aws/things/" + thing + "/shadow/name/" + name + "/" + verb
}

// CheckApplication fails where AWS IoT would refuse the device policy for its length, which grows with the application's name. The
// longest names of region and account decide, so that an application that is allowed once is allowed everywhere.
func CheckApplication(app names.Application) error {
	widest := Place{Partition: "aws", Region: "ap-southeast-1", Account: "123456789012"}
	b, err := json.Marshal(Device(app, widest))
	if err != nil {
		return fmt.Errorf("encode the device policy: %w", err)
	}
	if len(b) > MaxDeviceDocument {
		return fmt.Errorf("the device policy would have %d characters, AWS IoT allows %d: choose a shorter name", len(b), MaxDeviceDocument)
	}
	return nil
}
