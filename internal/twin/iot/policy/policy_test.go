package policy_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/twin/iot/policy"
)

var arns = policy.ARNs{Region: "eu-central-1", Account: "123456789012"}

const (
	carA = "1HGCM82633A004352"
	carB = "WVWZZZ1JZXW000001"
)

// device is a typical policy of a fleet.
const device = `{"Version":"2012-10-17","Statement":[
 {"Sid":"Connect","Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:eu-central-1:123456789012:client/${iot:Connection.Thing.ThingName}",
  "Condition":{"Bool":{"iot:Connection.Thing.IsAttached":["true"]}}},
 {"Sid":"Publish","Effect":"Allow","Action":["iot:Publish"],"Resource":[
  "arn:aws:iot:eu-central-1:123456789012:topic/dt/cars/${iot:Connection.Thing.ThingName}/*",
  "arn:aws:iot:eu-central-1:123456789012:topic/$aws/rules/cars_telemetry/dt/cars/${iot:Connection.Thing.ThingName}/telemetry"]},
 {"Sid":"Subscribe","Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:eu-central-1:123456789012:topicfilter/cmd/cars/${iot:Connection.Thing.ThingName}/+/req"}]}`

func car(vin string) *policy.Connection {
	return &policy.Connection{ClientID: vin, Thing: &policy.Thing{
		Name: vin, Type: "Vehicle", Attributes: map[string]string{"make": "Honda"}, Attached: true,
	}}
}

func set(t testing.TB, docs ...string) policy.Set {
	t.Helper()
	var named []policy.Named
	for i, d := range docs {
		doc, err := policy.Parse([]byte(d))
		require.NoError(t, err)
		named = append(named, policy.Named{Name: string(rune('A' + i)), Document: doc})
	}
	return policy.NewSet(named...)
}

func TestDevicePolicy(t *testing.T) {
	detached := car(carA)
	detached.Thing.Attached = false
	for name, tc := range map[string]struct {
		action, resource string
		from             *policy.Connection
		allowed          bool
		reason           string
	}{
		"a car connects as itself": {policy.Connect, arns.Client(carA), car(carA), true,
			"iot:Connect on arn:aws:iot:eu-central-1:123456789012:client/1HGCM82633A004352 is allowed by statement 0 (Connect) of policy A"},
		"a car does not connect as another": {policy.Connect, arns.Client(carB), car(carA), false, "statement 0 (Connect) of policy A: the resource does not match"},
		"a certificate without its thing does not connect": {policy.Connect, arns.Client(carA), detached, false,
			"statement 0 (Connect) of policy A: variable iot:Connection.Thing.ThingName has no value"},
		"a client that is no thing does not connect": {policy.Connect, arns.Client(carA), &policy.Connection{ClientID: carA}, false, "has no value"},
		"nobody does not connect":                    {policy.Connect, arns.Client(carA), nil, false, "has no value"},
		"a car publishes its telemetry":              {policy.Publish, arns.Topic("dt/cars/" + carA + "/telemetry"), car(carA), true, "(Publish)"},
		"a car publishes by Basic Ingest":            {policy.Publish, arns.Topic("$aws/rules/cars_telemetry/dt/cars/" + carA + "/telemetry"), car(carA), true, "(Publish)"},
		"a car does not publish for another":         {policy.Publish, arns.Topic("dt/cars/" + carB + "/telemetry"), car(carA), false, "does not match"},
		"an MQTT wildcard is plain text":             {policy.Subscribe, arns.TopicFilter("cmd/cars/" + carA + "/+/req"), car(carA), true, "(Subscribe)"},
		"an MQTT wildcard matches no other level":    {policy.Subscribe, arns.TopicFilter("cmd/cars/" + carA + "/7/req"), car(carA), false, "does not match"},
		"what no statement names is not allowed":     {policy.Receive, arns.Topic("x"), car(carA), false, "no statement of policy A allows the action"},
	} {
		t.Run(name, func(t *testing.T) {
			d := set(t, device).Decide(policy.Request{Action: tc.action, Resource: tc.resource, Connection: tc.from})
			assert.Equal(t, tc.allowed, d.Allowed)
			assert.Contains(t, d.Reason(), tc.reason)
		})
	}
}

func TestDenyWins(t *testing.T) {
	deny := `{"Version":"2012-10-17","Statement":{"Sid":"Quarantine","Effect":"Deny","Action":"iot:*","Resource":"*"}}`
	for name, docs := range map[string][]string{"before an allow": {deny, device}, "after an allow": {device, deny}} {
		t.Run(name, func(t *testing.T) {
			d := set(t, docs...).Decide(policy.Request{Action: policy.Connect, Resource: arns.Client(carA), Connection: car(carA)})
			assert.False(t, d.Allowed)
			assert.True(t, d.ExplicitDeny)
			assert.Equal(t, "Quarantine", d.Sid)
			assert.Contains(t, d.Reason(), "is denied by statement 0 (Quarantine)")
		})
	}
}

func TestNoPolicyAllowsNothing(t *testing.T) {
	d := policy.NewSet().Decide(policy.Request{Action: policy.Connect, Resource: arns.Client(carA), Connection: car(carA)})
	assert.False(t, d.Allowed)
	assert.Equal(t, -1, d.Statement)
	assert.Contains(t, d.Reason(), "no policy is attached")
}

// allows evaluates a document with one statement, for the action iot:Publish on the topic a/b.
func allows(t *testing.T, statement string, c *policy.Connection) bool {
	t.Helper()
	s := set(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+statement+`}]}`)
	return s.Decide(policy.Request{Action: policy.Publish, Resource: arns.Topic("a/b"), Connection: c}).Allowed
}

func TestActionsAndResources(t *testing.T) {
	const topic = `"Resource":"arn:aws:iot:eu-central-1:123456789012:topic/`
	for name, tc := range map[string]struct {
		statement string
		want      bool
	}{
		"the action and resource":                {`"Action":"iot:Publish",` + topic + `a/b"`, true},
		"a list of actions and resources":        {`"Action":["iot:Receive","iot:Publish"],"Resource":["arn:x","*"]`, true},
		"an action in another case":              {`"Action":"IOT:publish","Resource":"*"`, true},
		"every action":                           {`"Action":"*","Resource":"*"`, true},
		"a wildcard in the action":               {`"Action":"iot:Pub*","Resource":"*"`, true},
		"another action":                         {`"Action":"iot:Receive","Resource":"*"`, false},
		"all actions but it":                     {`"NotAction":"iot:Publish","Resource":"*"`, false},
		"all actions but another":                {`"NotAction":"iot:Connect","Resource":"*"`, true},
		"all resources but it":                   {`"Action":"iot:Publish","Not` + topic[1:] + `a/*"`, false},
		"all resources but another":              {`"Action":"iot:Publish","Not` + topic[1:] + `b"`, true},
		"all resources but one without a value":  {`"Action":"iot:Publish","Not` + topic[1:] + `${iot:DomainName}"`, false},
		"* matches levels":                       {`"Action":"iot:Publish",` + topic + `*"`, true},
		"* matches nothing":                      {`"Action":"iot:Publish",` + topic + `a/b*"`, true},
		"several *":                              {`"Action":"iot:Publish","Resource":"arn:*:iot:*:*:topic/*b"`, true},
		"several * that do not match":            {`"Action":"iot:Publish","Resource":"arn:*:iot:*:*:topic/*c"`, false},
		"? matches a character":                  {`"Action":"iot:Publish",` + topic + `?/?"`, true},
		"? needs a character":                    {`"Action":"iot:Publish",` + topic + `a/b?"`, false},
		"${*} is an asterisk":                    {`"Action":"iot:Publish",` + topic + `a/${*}"`, false},
		"+ is a plus":                            {`"Action":"iot:Publish",` + topic + `a/+"`, false},
		"# is a number sign":                     {`"Action":"iot:Publish",` + topic + `#"`, false},
		"another account":                        {`"Action":"iot:Publish","Resource":"arn:aws:iot:eu-central-1:210987654321:topic/a/b"`, false},
		"a variable and wildcards":               {`"Action":"iot:Publish","Resource":"arn:*:topic/*${iot:Connection.Thing.Attributes[level]}"`, true},
		"a variable's value is not a wildcard":   {`"Action":"iot:Publish",` + topic + `${iot:Connection.Thing.Attributes[star]}"`, false},
		"an attribute that the thing has not":    {`"Action":"iot:Publish",` + topic + `${iot:Connection.Thing.Attributes[x]}*"`, false},
		"a variable's name in another case":      {`"Action":"iot:Publish","Resource":"arn:*:topic/a/${IOT:connection.thing.attributes[level]}"`, true},
		"the name of an attribute in other case": {`"Action":"iot:Publish","Resource":"arn:*:topic/a/${iot:Connection.Thing.Attributes[LEVEL]}"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := car(carA)
			c.Thing.Attributes = map[string]string{"level": "b", "star": "*"}
			assert.Equal(t, tc.want, allows(t, tc.statement, c))
		})
	}
}

func TestConditions(t *testing.T) {
	full := car(carA)
	full.SourceIP = netip.MustParseAddr("192.0.2.7")
	full.ConnectAttributes = []string{"LastWill"}
	full.At = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		condition string
		from      *policy.Connection
		want      bool
	}{
		"StringEquals":                             {`"StringEquals":{"iot:ClientId":"` + carA + `"}`, full, true},
		"StringEquals one of several":              {`"StringEquals":{"iot:ClientId":["x","` + carA + `"]}`, full, true},
		"StringEquals another":                     {`"StringEquals":{"iot:ClientId":"x"}`, full, false},
		"StringEquals without a value":             {`"StringEquals":{"iot:DomainName":"x"}`, full, false},
		"StringEquals takes * as it is":            {`"StringEquals":{"iot:ClientId":"*"}`, full, false},
		"StringEquals a variable":                  {`"StringEquals":{"iot:ClientId":"${iot:Connection.Thing.ThingName}"}`, full, true},
		"StringEquals a variable without a value":  {`"StringEquals":{"iot:ClientId":"${iot:DomainName}"}`, full, false},
		"StringNotEquals a variable without value": {`"StringNotEquals":{"iot:ClientId":"${iot:DomainName}"}`, full, false},
		"StringNotEquals":                          {`"StringNotEquals":{"iot:ClientId":"x"}`, full, true},
		"StringNotEquals one of several":           {`"StringNotEquals":{"iot:ClientId":["x","` + carA + `"]}`, full, false},
		"StringNotEquals without a value":          {`"StringNotEquals":{"iot:DomainName":"x"}`, full, true},
		"StringEqualsIfExists without a value":     {`"StringEqualsIfExists":{"iot:DomainName":"x"}`, full, true},
		"StringEqualsIgnoreCase":                   {`"StringEqualsIgnoreCase":{"iot:Connection.Thing.ThingTypeName":"vehicle"}`, full, true},
		"StringLike":                               {`"StringLike":{"iot:ClientId":"1HG*2"}`, full, true},
		"StringNotLike":                            {`"StringNotLike":{"iot:ClientId":"1HG*"}`, full, false},
		"an attribute of the thing":                {`"StringEquals":{"iot:Connection.Thing.Attributes[make]":"Honda"}`, full, true},
		"Bool":                                     {`"Bool":{"iot:Connection.Thing.IsAttached":true}`, full, true},
		"Bool without a thing":                     {`"Bool":{"iot:Connection.Thing.IsAttached":"true"}`, &policy.Connection{}, false},
		"Bool false without a thing":               {`"Bool":{"iot:Connection.Thing.IsAttached":"false"}`, &policy.Connection{}, true},
		"IpAddress":                                {`"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}`, full, true},
		"IpAddress of one":                         {`"IpAddress":{"aws:SourceIp":"192.0.2.8"}`, full, false},
		"NotIpAddress":                             {`"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","10.0.0.0/8"]}`, full, false},
		"DateLessThan":                             {`"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:01Z"}`, full, true},
		"DateGreaterThan":                          {`"DateGreaterThan":{"aws:CurrentTime":"2026-11-24"}`, full, false},
		"NumericGreaterThanEquals":                 {`"NumericGreaterThanEquals":{"aws:EpochTime":1795435200}`, full, true},
		"NumericLessThan":                          {`"NumericLessThan":{"aws:EpochTime":"1795435200"}`, full, false},
		"Null of what is there":                    {`"Null":{"iot:ClientId":"true"}`, full, false},
		"Null of what is not":                      {`"Null":{"iot:DomainName":"true"}`, full, true},
		"ForAllValues within the list":             {`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["LastWill","PersistentConnect"]}`, full, true},
		"ForAllValues beyond the list":             {`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}`, full, false},
		"ForAllValues of none":                     {`"ForAllValues:StringEquals":{"iot:ConnectAttributes":["x"]}`, car(carA), true},
		"ForAnyValue":                              {`"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}`, full, true},
		"ForAnyValue of none":                      {`"ForAnyValue:StringEquals":{"iot:ConnectAttributes":["LastWill"]}`, car(carA), false},
		"all conditions are needed":                {`"StringEquals":{"iot:ClientId":"` + carA + `"},"Bool":{"iot:Connection.Thing.IsAttached":"false"}`, full, false},
		"all keys are needed":                      {`"StringEquals":{"iot:ClientId":"` + carA + `","iot:DomainName":"x"}`, full, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, allows(t, `"Action":"iot:Publish","Resource":"*","Condition":{`+tc.condition+`}`, tc.from))
		})
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ doc, want string }{
		"not JSON":                    {`{`, "policy document"},
		"text after it":               {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]} x`, "after the document"},
		"no statement":                {`{"Version":"2012-10-17"}`, "Statement: missing"},
		"an empty list":               {`{"Statement":[]}`, "at least one statement"},
		"an unknown version":          {`{"Version":"2020-01-01","Statement":[]}`, `Version "2020-01-01": allowed is 2012-10-17`},
		"an unknown element":          {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}`, "Principal"},
		"no effect":                   {`{"Statement":[{"Action":"*","Resource":"*"}]}`, "statement 0: effect \"\": allowed are Allow and Deny"},
		"no action":                   {`{"Statement":[{"Effect":"Allow","Resource":"*"}]}`, "Action is missing"},
		"both kinds of action":        {`{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}`, "Action and NotAction"},
		"no resource":                 {`{"Statement":[{"Effect":"Allow","Action":"*"}]}`, "Resource is missing"},
		"an action without a service": {`{"Statement":[{"Effect":"Allow","Action":"Publish","Resource":"*"}]}`, `action "Publish"`},
		"a resource without arn":      {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"topic/x"}]}`, `resource "topic/x"`},
		"an unclosed variable":        {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:x/${iot:ClientId"}]}`, "not closed"},
		"an unknown operator":         {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"iot:ClientId":"x"}}}]}`, "unknown operator"},
		"a value that is wrong":       {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"x"}}}]}`, `value "x"`},
		"an object as value":          {`{"Statement":[{"Effect":"Allow","Action":{},"Resource":"*"}]}`, "a string or a list of strings"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.Parse([]byte(tc.doc))
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestUnknownVariablesHaveNoValue(t *testing.T) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:x/${iot:Thing.ThingName}",
		"Condition":{"Bool":{"iot:Nothing":"true","iot:Certificate.Subject.Colour":"true","iot:Certificate.Subject.CommonName.1":"true"}}}]}`))
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"iot:Thing.ThingName", "iot:Nothing", "iot:Certificate.Subject.Colour"}, doc.Unknown())
	d := policy.NewSet(policy.Named{Name: "old", Document: doc}).Decide(policy.Request{Action: policy.Publish, Resource: "arn:x/y", Connection: car(carA)})
	assert.False(t, d.Allowed)
	assert.Contains(t, d.Reason(), "variable iot:Thing.ThingName has no value")
}
