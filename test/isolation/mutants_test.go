package isolation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/test/isolation"
)

// statement is a statement of a device policy that the tests mutate.
type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Action    list
	Resource  list
	Condition map[string]map[string]list `json:",omitempty"`
}

// list is a string or a list of strings.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

type document struct {
	Version   string
	Statement []statement
}

const thingName = "${iot:Connection.Thing.ThingName}"

// policyMutants returns mutations of the device policy, by description. Each allows or denies something that the original does not.
func policyMutants(t *testing.T, original string) map[string]string {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal([]byte(original), &d))
	out := map[string]string{}
	add := func(name string, change func(*document)) {
		m := clone(t, d)
		change(&m)
		b, err := json.Marshal(m)
		require.NoError(t, err)
		out[name] = string(b)
	}
	for i, s := range d.Statement {
		at := fmt.Sprintf("statement %d", i)
		add(at+" dropped", func(m *document) { m.Statement = append(m.Statement[:i], m.Statement[i+1:]...) })
		add(at+" for every action", func(m *document) { m.Statement[i].Action = list{"iot:*"}; m.Statement[i].Condition = nil })
		add(at+" on everything", func(m *document) { m.Statement[i].Resource = list{"*"} })
		add(at+" denies", func(m *document) { m.Statement[i].Effect = "Deny" })
		for j, a := range s.Action {
			add(at+" without "+a, func(m *document) { m.Statement[i].Action[j] = "iot:DescribeJobExecution" })
		}
		if s.Condition != nil {
			add(at+" without its condition", func(m *document) { m.Statement[i].Condition = nil })
			add(at+" with its condition turned", func(m *document) {
				m.Statement[i].Condition = map[string]map[string]list{"Bool": {"iot:Connection.Thing.IsAttached": {"false"}}}
			})
		}
		for j, r := range s.Resource {
			on := fmt.Sprintf("%s, resource %d", at, j)
			edit := func(name, from, to string) {
				if strings.Contains(r, from) {
					add(on+" "+name, func(m *document) { m.Statement[i].Resource[j] = strings.Replace(r, from, to, 1) })
				}
			}
			edit("for every car", thingName, "*")
			edit("for cars by client id", thingName, "${iot:ClientId}")
			edit("for cars of a name's length", thingName, strings.Repeat("?", 17))
			edit("for names that begin alike", thingName, thingName+"*")
			edit("for names that end alike", thingName, "*"+thingName)
			edit("for one car", thingName, "1HGCM82633A004352")
			edit("in any application", "/cars", "/*")
			edit("dropped", r, "arn:aws:iot:eu-central-1:123456789012:topic/nothing")
		}
	}
	return out
}

// harmless are mutations that change no permission: the condition on the attached thing lets a client connect only under the thing's name,
// whichever variable the resource contains.
var harmless = map[string]bool{"statement 1, resource 0 for cars by client id": true}

func TestIsolationNoticesMutations(t *testing.T) {
	fleet := isolation.Fleet(6)
	for env, e := range environments(t) {
		mutants := policyMutants(t, e.Policy)
		require.Greater(t, len(mutants), 60)
		for name, doc := range mutants {
			t.Run(env+": "+name, func(t *testing.T) {
				err := isolation.CheckDevice(doc, e.Place, fleet)
				if harmless[name] {
					assert.NoError(t, err)
					return
				}
				assert.Error(t, err, doc)
			})
		}
	}
}

// ruleMutants are mutations of a rule's SQL.
var ruleMutants = map[string][2]string{
	"no WHERE":                         {" WHERE clientid() = topic(3)", ""},
	"no WHERE for new certificates":    {" WHERE certificateStatus = 'PENDING_ACTIVATION'", ""},
	"no WHERE for mismatches":          {" WHERE clientid() <> topic(3)", ""},
	"WHERE turned":                     {"clientid() = topic(3)", "clientid() <> topic(3)"},
	"WHERE of mismatches turned":       {"clientid() <> topic(3)", "clientid() = topic(3)"},
	"WHERE by another level":           {"clientid() = topic(3)", "clientid() = topic(2)"},
	"WHERE by the payload":             {"clientid() = topic(3)", "clientid() = vin"},
	"WHERE by a prefix":                {"clientid() = topic(3)", "startswith(clientid(), topic(3))"},
	"WHERE that HTTP passes":           {"clientid() = topic(3)", "clientid() = topic(3) OR clientid() = 'n/a'"},
	"no stamp of the VIN":              {"topic(3) AS vin, ", ""},
	"the VIN of the payload":           {"topic(3) AS vin", "vin AS vin"},
	"the VIN under another name":       {"topic(3) AS vin", "topic(3) AS VIN"},
	"the payload beside the stamps":    {"* AS message", "*"},
	"the payload under a stamp's name": {"* AS message", "* AS vin"},
	"no stamp of the client":           {"clientid() AS clientId, ", ""},
	"no stamp of the time":             {", timestamp() AS ingestedAt", ""},
	"no payload":                       {"SELECT * AS message, ", "SELECT "},
	"the payload in the mismatches":    {"SELECT topic() AS topic", "SELECT *, topic() AS topic"},
	"no report id":                     {"id AS reportId, ", ""},
	"no command id":                    {"topic(4) AS commandId, ", ""},
	"the car's word for the id":        {"topic(4) AS commandId", "commandId AS commandId"},
	"requests for answers":             {"/+/+/res'", "/+/+/req'"},
	"no VIN of the presence":           {"topic(5) AS vin, ", ""},
	"connects alone":                   {"/presence/+/+'", "/presence/connected/+'"},
	"every event":                      {"/events/presence/+/+'", "/events/+/+/+'"},
	"refused connections too":          {" WHERE eventType = 'connected' OR eventType = 'disconnected'", ""},
	"another kind":                     {"/+/telemetry'", "/+/event'"},
	"every kind":                       {"/+/diagnostics'", "/+/+'"},
	"every topic":                      {"FROM 'dt/", "FROM '#/"},
	"any application":                  {"FROM 'dt/cars", "FROM 'dt/+"},
	"no topic":                         {"FROM '$aws/events/certificates/registered/+' ", ""},
	"what does not parse":              {"SELECT", "SELEKT"},
	"a function that AWS has not":      {"clientid()", "client_id()"},
}

func TestRulesNoticeMutations(t *testing.T) {
	fleet := isolation.Fleet(2)
	for env, e := range environments(t) {
		for name, edit := range ruleMutants {
			applied := 0
			for purpose, r := range e.Rules {
				mutant := strings.Replace(r.SQL, edit[0], edit[1], 1)
				if mutant == r.SQL {
					continue
				}
				applied++
				t.Run(env+": "+purpose+": "+name, func(t *testing.T) {
					rules := clone(t, e.Rules)
					r.SQL = mutant
					rules[purpose] = r
					assert.Error(t, isolation.CheckRules(e.Application, rules, fleet[1], fleet[0]), mutant)
				})
			}
			assert.NotZero(t, applied, "%s: nothing to mutate for %q", env, name)
		}
	}
}

func TestRulesNoticeOtherMutations(t *testing.T) {
	fleet := isolation.Fleet(2)
	for name, tc := range map[string]struct {
		purpose string
		change  func(*isolation.Rule)
	}{
		"no error action":         {"telemetry", func(r *isolation.Rule) { r.ErrorAction = nil }},
		"no action":               {"event", func(r *isolation.Rule) { r.Actions = nil }},
		"switched off":            {"event", func(r *isolation.Rule) { r.Disabled = true }},
		"another SQL version":     {"telemetry", func(r *isolation.Rule) { r.Version = "2015-10-08" }},
		"no SQL version":          {"telemetry", func(r *isolation.Rule) { r.Version = "" }},
		"another name":            {"telemetry", func(r *isolation.Rule) { r.Name = "t" }},
		"one partition":           {"telemetry", func(r *isolation.Rule) { r.Actions[0]["Kinesis"]["PartitionKey"] = "cars" }},
		"the payload's partition": {"telemetry", func(r *isolation.Rule) { r.Actions[0]["Kinesis"]["PartitionKey"] = "${vin}" }},
		"one object":              {"event", func(r *isolation.Rule) { r.Actions[0]["S3"]["Key"] = "raw/event/vin=${topic(3)}/event.json" }},
		"an object a millisecond": {"event", func(r *isolation.Rule) { r.Actions[0]["S3"]["Key"] = "raw/event/vin=${topic(3)}/${timestamp()}.json" }},
		"the payload's folder": {"event", func(r *isolation.Rule) {
			r.Actions[0]["S3"]["Key"] = "raw/event/vin=${vin}/${timestamp()}-${newuuid()}.json"
		}},
		"a broken template": {"diagnostics", func(r *isolation.Rule) { r.Actions[0]["S3"]["Key"] = "raw/${topic(3)" }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range environments(t) {
				rules := clone(t, e.Rules)
				r := rules[tc.purpose]
				tc.change(&r)
				rules[tc.purpose] = r
				assert.Error(t, isolation.CheckRules(e.Application, rules, fleet[1], fleet[0]))
			}
		})
	}
	for _, e := range environments(t) {
		rules := clone(t, e.Rules)
		delete(rules, "identity_mismatch")
		assert.ErrorContains(t, isolation.CheckRules(e.Application, rules, fleet[1], fleet[0]), "there is no rule")
		rules = clone(t, e.Rules)
		rules["new"] = rules["event"]
		assert.ErrorContains(t, isolation.CheckRules(e.Application, rules, fleet[1], fleet[0]), "write one for the new rule")
	}
}
