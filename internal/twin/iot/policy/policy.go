// Package policy evaluates AWS IoT Core policies: it decides whether a connection may do an action on a resource. The device gateway
// enforces policies with it, and tests check policies before they are deployed. It imports only the standard library.
//
// The rules are those of the chapter "AWS IoT Core policies" in the AWS IoT Core developer guide, and of IAM's policy evaluation: an
// explicit deny wins, otherwise one allow is enough, otherwise the request is denied. In resources `*` matches any characters and `?` any
// one character. The MQTT wildcards `+` and `#` are ordinary characters, and so are the characters of a policy variable's value. A resource
// with a policy variable that has no value matches nothing, and a condition with such a variable fails.
package policy

import (
	"fmt"
	"strings"
)

// Named is a policy with its name, which decisions report.
type Named struct {
	Name     string
	Document *Document
}

// Set holds all policies that apply to a connection: those of its certificate and of the thing groups of its thing. It is safe for
// concurrent use.
type Set struct{ policies []Named }

// NewSet makes a set of the policies.
func NewSet(policies ...Named) Set { return Set{policies: policies} }

// Request is a request for one decision.
type Request struct {
	Action     string      // for example iot:Publish
	Resource   string      // ARN; see ARNs. "*" for iot:ListRetainedMessages
	Connection *Connection // the caller's connection; nil: variables have no value
}

// Decision is the result of evaluating a request.
type Decision struct {
	Allowed      bool
	ExplicitDeny bool   // a statement with effect Deny matched
	Policy       string // name of the deciding policy; empty if no statement matched
	Statement    int    // index of the deciding statement in its document, from 0; -1 if none matched
	Sid          string // the deciding statement's Sid

	set     Set
	request Request
}

// Decide evaluates the policies.
func (s Set) Decide(r Request) Decision {
	d := Decision{Statement: -1, set: s, request: r}
	action := lowerAction(r.Action)
	for i := range s.policies {
		p := &s.policies[i]
		for j := range p.Document.statements {
			st := &p.Document.statements[j]
			if d.Allowed && !st.deny || !st.matches(action, &r) {
				continue
			}
			d.Allowed, d.ExplicitDeny = !st.deny, st.deny
			d.Policy, d.Statement, d.Sid = p.Name, j, st.sid
			if st.deny {
				return d
			}
		}
	}
	return d
}

// lowered holds the usual actions in lower case, so that decisions on them do not allocate.
var lowered = func() map[string]string {
	out := map[string]string{}
	for _, a := range []string{
		Connect, Publish, RetainPublish, Receive, Subscribe, GetThingShadow, UpdateThingShadow, DeleteThingShadow,
		ListNamedShadowsForThing, GetRetainedMessage, ListRetainedMessages,
	} {
		out[a] = strings.ToLower(a)
	}
	return out
}()

func lowerAction(s string) string {
	if l, ok := lowered[s]; ok {
		return l
	}
	return strings.ToLower(s)
}

func (st *statement) matches(action string, r *Request) bool {
	if !st.hasAction(action) {
		return false
	}
	if ok, _ := st.hasResource(r); !ok {
		return false
	}
	for i := range st.conditions {
		if ok, _ := st.conditions[i].holds(r.Connection); !ok {
			return false
		}
	}
	return true
}

func (st *statement) hasAction(lower string) bool {
	for i := range st.actions {
		if st.actions[i].matches(lower) {
			return !st.notActions
		}
	}
	return st.notActions
}

// hasResource reports whether the resource matches. If nothing matched because of a variable without a value, unresolved is its name. Such
// a variable in NotResource excludes nothing, so the statement does not match either.
func (st *statement) hasResource(r *Request) (ok bool, unresolved string) {
	for i := range st.resources {
		matched, missing := st.resources[i].match(r.Resource, r.Connection)
		if matched {
			return !st.notResources, ""
		}
		if missing != "" {
			unresolved = missing
		}
	}
	return st.notResources && unresolved == "", unresolved
}

// Reason explains the decision in one sentence: the deciding statement or, if none matched, the nearest one and the reason why it did not
// match.
func (d Decision) Reason() string {
	what := d.request.Action + " on " + d.request.Resource
	switch {
	case d.ExplicitDeny:
		return fmt.Sprintf("%s is denied by %s", what, d.statementName(d.Policy, d.Statement, d.Sid))
	case d.Allowed:
		return fmt.Sprintf("%s is allowed by %s", what, d.statementName(d.Policy, d.Statement, d.Sid))
	case len(d.set.policies) == 0:
		return fmt.Sprintf("%s is not allowed: no policy is attached", what)
	}
	if near := d.nearest(); near != "" {
		return fmt.Sprintf("%s is not allowed: %s", what, near)
	}
	return fmt.Sprintf("%s is not allowed: no statement of %s allows the action", what, d.policyNames())
}

func (d Decision) statementName(policy string, index int, sid string) string {
	if sid != "" {
		return fmt.Sprintf("statement %d (%s) of policy %s", index, sid, policy)
	}
	return fmt.Sprintf("statement %d of policy %s", index, policy)
}

func (d Decision) policyNames() string {
	names := make([]string, len(d.set.policies))
	for i, p := range d.set.policies {
		names[i] = "policy " + p.Name
	}
	return strings.Join(names, ", ")
}

// nearest explains the mismatch of the allow statement that came closest to a match: it failed at a condition, or else at its resources.
func (d Decision) nearest() string {
	action := lowerAction(d.request.Action)
	best := ""
	for _, p := range d.set.policies {
		for j := range p.Document.statements {
			st := &p.Document.statements[j]
			if st.deny || !st.hasAction(action) {
				continue
			}
			name := d.statementName(p.Name, j, st.sid)
			matched, unresolved := st.hasResource(&d.request)
			switch {
			case matched:
				return name + ": " + st.failedCondition(d.request.Connection)
			case unresolved != "":
				best = fmt.Sprintf("%s: variable %s has no value", name, unresolved)
			case best == "":
				best = name + ": the resource does not match"
			}
		}
	}
	return best
}

func (st *statement) failedCondition(c *Connection) string {
	for i := range st.conditions {
		ok, unresolved := st.conditions[i].holds(c)
		switch {
		case ok:
		case unresolved != "":
			return fmt.Sprintf("condition %s: variable %s has no value", st.conditions[i].text, unresolved)
		default:
			return "condition " + st.conditions[i].text + " is not met"
		}
	}
	return "all its conditions are met"
}
