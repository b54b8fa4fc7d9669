// Package iam decides every call that the platform's functions and rules made by the roles that the synthesised templates give them.
// The emulator enforces IAM too: this is the second, independent judge, and it also finds the rights that nothing uses.
package iam

import (
	"cmp"
	"slices"
	"strings"
)

// Call is a request to AWS as the front decoded it.
type Call struct {
	// Caller is the function's name, the SDK's application id; for an action of a rule the ARN of its role.
	Caller string
	// Service is botocore's name, such as cognito-idp.
	Service, Operation string
	Account, Region    string
	Input              map[string]any
}

// Request is one question to IAM: an operation asks one or several.
type Request struct {
	Caller   string            `json:"caller"`
	Action   string            `json:"action"`   // for example dynamodb:PutItem
	Resource string            `json:"resource"` // an ARN, or * for actions that know no resource
	Context  map[string]string `json:"context,omitempty"`
	// Because tells where a request comes from that no call shows: what AWS does in the role's name.
	Because string `json:"because,omitempty"`
}

// key tells requests apart that IAM may decide differently.
func (r Request) key() string {
	var b strings.Builder
	b.WriteString(r.Caller + "\x00" + r.Action + "\x00" + r.Resource)
	names := make([]string, 0, len(r.Context))
	for name := range r.Context {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("\x00" + name + "=" + r.Context[name])
	}
	return b.String()
}

func compare(a, b Request) int { return cmp.Compare(a.key(), b.key()) }
