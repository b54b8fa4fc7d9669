// Package policy evaluates AWS IoT Core policies: may this connection do this action on this resource? The device gateway
// enforces with it, and tests prove policies with it before they are deployed. It imports only the standard library.
//
// The rules are those of the AWS IoT Core developer guide, chapter "AWS IoT Core policies", and of IAM's policy evaluation:
// an explicit deny wins, otherwise one allow is enough, otherwise the answer is no. In resources `*` matches any characters
// and `?` any one; the MQTT wildcards `+` and `#` are ordinary characters. A policy variable without a value makes its
// resource or condition value match nothing.
package policy

// Document is a parsed policy document, ready to be evaluated. It is safe for concurrent use.
type Document struct{}

// Parse reads a policy document. The error names the statement and the element that is wrong, and what is allowed.
func Parse(doc []byte) (*Document, error) { return nil, nil }

// Named is a policy as it is attached: its name explains decisions.
type Named struct {
	Name     string
	Document *Document
}

// Set is all policies that apply to a connection: those of its certificate and of the thing groups of its thing. It is safe
// for concurrent use.
type Set struct{ policies []Named }

// NewSet makes a set of the policies.
func NewSet(policies ...Named) Set { return Set{policies: policies} }

// Request asks for one decision.
type Request struct {
	Action     string      // for example iot:Publish
	Resource   string      // ARN; see ARNs. "*" for iot:ListRetainedMessages
	Connection *Connection // who asks; nil: nothing is known, and variables have no value
}

// Decision is an answer.
type Decision struct {
	Allowed      bool
	ExplicitDeny bool   // a statement with effect Deny matched
	Policy       string // name of the policy that decided; empty when nothing matched
	Statement    int    // index of the deciding statement in its document, from 0; -1 when nothing matched
	Sid          string // the deciding statement's Sid
}

// Reason explains the decision in a sentence: the statement that decided or, when none did, which came nearest and why it did
// not match.
func (d Decision) Reason() string { return "" }

// Decide evaluates the policies.
func (s Set) Decide(r Request) Decision { return Decision{Statement: -1} }
