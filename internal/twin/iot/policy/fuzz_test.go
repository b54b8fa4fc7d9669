package policy_test

import (
	"strings"
	"testing"

	"connectedcar/internal/twin/iot/policy"
)

// FuzzParse checks that no document or request makes the engine panic or hang, and that a document without an Allow allows nothing.
func FuzzParse(f *testing.F) {
	f.Add(device, policy.Publish, arns.Topic("dt/cars/"+carA+"/telemetry"))
	f.Add(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iot:?","NotResource":"arn:*a*b*${iot:ClientId}?","Condition":{
		"ForAllValues:StringLikeIfExists":{"iot:ConnectAttributes":["*","${*}"]},"NotIpAddress":{"aws:SourceIp":"::/0"},"Null":{"iot:DomainName":"true"}}}}`,
		"iot:Connect", "*")
	f.Add(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:*********************************************************a"}]}`, "", strings.Repeat("a", 500)+"b")
	f.Fuzz(func(t *testing.T, document, action, resource string) {
		doc, err := policy.Parse([]byte(document))
		if err != nil {
			return
		}
		d := policy.NewSet(policy.Named{Name: "fuzzed", Document: doc}).Decide(policy.Request{Action: action, Resource: resource, Connection: car(carA)})
		if d.Allowed && !strings.Contains(document, "Allow") && !strings.Contains(document, `\u`) {
			t.Errorf("%s allows %s on %s", document, action, resource)
		}
		if d.Reason() == "" || len(doc.Unknown()) > len(document) {
			t.Errorf("no reason for %s", document)
		}
	})
}

// FuzzGlob compares the matcher with a simple recursive one.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*a*a*", "aa")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 40 || strings.ContainsAny(pattern, "\"\\$") || strings.ContainsFunc(pattern+s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		doc, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:` + pattern + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		d := policy.NewSet(policy.Named{Document: doc}).Decide(policy.Request{Action: "iot:Publish", Resource: "arn:" + s})
		if want := obviously(pattern, s); d.Allowed != want {
			t.Errorf("%q matches %q: %t, want %t", pattern, s, d.Allowed, want)
		}
	})
}

func obviously(pattern, s string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '*':
		return obviously(pattern[1:], s) || s != "" && obviously(pattern, s[1:])
	}
	return s != "" && (pattern[0] == '?' || pattern[0] == s[0]) && obviously(pattern[1:], s[1:])
}
