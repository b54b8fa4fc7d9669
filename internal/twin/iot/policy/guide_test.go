package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"connectedcar/internal/twin/iot/policy"
)

// The statements are from the example policies in the developer guide, with the account and Region of the tests.
// https://docs.aws.amazon.com/iot/latest/developerguide/connect-policy.html
// https://docs.aws.amazon.com/iot/latest/developerguide/pub-sub-policy.html
// https://docs.aws.amazon.com/iot/latest/developerguide/connection-policy-examples.html
func TestExamplePoliciesOfTheDeveloperGuide(t *testing.T) {
	const arn = "arn:aws:iot:eu-central-1:123456789012:"
	thing := func(change ...func(*policy.Connection)) *policy.Connection {
		c := car("clientid1")
		for _, f := range change {
			f(c)
		}
		return c
	}
	attributes := func(a ...string) func(*policy.Connection) {
		return func(c *policy.Connection) { c.ConnectAttributes = a }
	}
	will := func(topic string) func(*policy.Connection) {
		return func(c *policy.Connection) {
			c.ConnectAttributes, c.LastWillTopic = []string{"LastWill"}, arns.Topic(topic)
		}
	}
	connect := func(condition string) string {
		return `"Action":["iot:Connect"],"Resource":"` + arn + `client/${iot:Connection.Thing.ThingName}","Condition":{` + condition + `}`
	}
	for name, tc := range map[string]struct {
		statement        string
		action, resource string
		from             *policy.Connection
		want             bool
	}{
		"registered things: the thing's name": {`"Action":["iot:Connect"],"Resource":["` + arn + `client/${iot:Connection.Thing.ThingName}"]`,
			policy.Connect, arns.Client("clientid1"), thing(), true},
		"registered things: another name": {`"Action":["iot:Connect"],"Resource":["` + arn + `client/${iot:Connection.Thing.ThingName}"]`,
			policy.Connect, arns.Client("clientid2"), thing(), false},
		"registered things: attached": {connect(`"Bool":{"iot:Connection.Thing.IsAttached":["true"]}`), policy.Connect, arns.Client("clientid1"), thing(), true},
		"unregistered things: one of three client ids": {`"Action":["iot:Connect"],"Resource":["` + arn + `client/client1","` + arn + `client/client2","` + arn + `client/client3"]`,
			policy.Connect, arns.Client("client2"), &policy.Connection{ClientID: "client2"}, true},
		"the thing's type": {connect(`"StringEquals":{"iot:Connection.Thing.ThingTypeName":["Vehicle"]}`), policy.Connect, arns.Client("clientid1"), thing(), true},
		"the thing's attribute": {`"Action":["iot:Publish"],"Resource":["` + arn + `topic/${iot:Connection.Thing.Attributes[make]}/telemetry"]`,
			policy.Publish, arns.Topic("Honda/telemetry"), thing(), true},
		"client ids and publishing to the client's own topic": {`"Action":["iot:Publish"],"Resource":["` + arn + `topic/my/topic/${iot:ClientId}"]`,
			policy.Publish, arns.Topic("my/topic/clientid1"), thing(), true},
		"connect attributes, persistent: a persistent session": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("PersistentConnect")), true},
		"connect attributes, persistent: none": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}`),
			policy.Connect, arns.Client("clientid1"), thing(), true},
		"connect attributes, persistent: a last will too": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("LastWill", "PersistentConnect")), false},
		"connect attributes, none allowed: none": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":[]}`),
			policy.Connect, arns.Client("clientid1"), thing(), true},
		"connect attributes, none allowed: a persistent session": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":[]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("PersistentConnect")), false},
		"connect attributes, last will or persistent: both": {connect(`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect","LastWill"]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("LastWill", "PersistentConnect")), true},
		"connect attributes, any: a last will": {connect(`"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("LastWill")), true},
		"connect attributes, any: none": {connect(`"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}`),
			policy.Connect, arns.Client("clientid1"), thing(), false},
		"connect attributes, a list of lists: persistent": {connect(`"ForAllValues:StringNotEquals":{"iot:ConnectAttributes":["LastWill"]}`),
			policy.Connect, arns.Client("clientid1"), thing(attributes("PersistentConnect")), true},
		"last will's topic: the allowed one": {connect(`"ArnEquals":{"iot:LastWillTopic":["` + arn + `topic/my/specific/topic"]}`),
			policy.Connect, arns.Client("clientid1"), thing(will("my/specific/topic")), true},
		"last will's topic: another": {connect(`"ArnEquals":{"iot:LastWillTopic":["` + arn + `topic/my/specific/topic"]}`),
			policy.Connect, arns.Client("clientid1"), thing(will("another/topic")), false},
		"last will's topic: without a last will": {connect(`"ArnEquals":{"iot:LastWillTopic":["` + arn + `topic/my/specific/topic"]}`),
			policy.Connect, arns.Client("clientid1"), thing(), false},
		"wildcards: a topic filter as it stands": {`"Action":["iot:Subscribe"],"Resource":["` + arn + `topicfilter/foo/+/bar"]`,
			policy.Subscribe, arns.TopicFilter("foo/+/bar"), thing(), true},
		"wildcards: ? stands for one character": {`"Action":["iot:Receive"],"Resource":["` + arn + `topic/foo/?ar"]`,
			policy.Receive, arns.Topic("foo/bar"), thing(), true},
		"wildcards: # is no wildcard of policies": {`"Action":["iot:Publish"],"Resource":["` + arn + `topic/foo/#"]`,
			policy.Publish, arns.Topic("foo/bar"), thing(), false},
		"shadows: the thing's own": {`"Action":["iot:Publish"],"Resource":["` + arn + `topic/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"]`,
			policy.Publish, arns.Topic("$aws/things/clientid1/shadow/update"), thing(), true},
		"retained messages: publish alone does not do": {`"Action":["iot:Publish"],"Resource":["` + arn + `topic/t"]`,
			policy.RetainPublish, arns.Topic("t"), thing(), false},
		"every action of the service": {`"Action":["iot:*"],"Resource":["*"]`, policy.Receive, arns.Topic("any"), thing(), true},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+tc.statement+`}]}`)
			d := s.Decide(policy.Request{Action: tc.action, Resource: tc.resource, Connection: tc.from})
			assert.Equal(t, tc.want, d.Allowed, d.Reason())
		})
	}
}
