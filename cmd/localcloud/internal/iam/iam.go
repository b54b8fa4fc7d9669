// Package iam authorizes every call that the platform's functions and rules made, against their roles in the synthesised templates. It is a
// second judge, independent of the emulator's enforcement of IAM, and it also finds unused permissions.
package iam

import (
	"cmp"
	"slices"
	"strings"
)

// Call is an AWS request as the front decoded it.
type Call struct {
	// Caller is the function's name, which is the SDK's application id; for an action of a rule, the ARN of the rule's role.
	Caller string
	// Service is botocore's name, such as cognito-idp.
	Service, Operation string
	Account, Region    string
	Input              map[string]any
}

// Request is one authorization request to IAM: an operation needs one or several.
type Request struct {
	Caller   string            `json:"caller"`
	Action   string            `json:"action"`   // for example dynamodb:PutItem
	Resource string            `json:"resource"` // an ARN, or * for actions without a resource type
	Context  map[string]string `json:"context,omitempty"`
	// Because names the reason of a request that no recorded call shows: an action of AWS in the role's name.
	Because string `json:"because,omitempty"`
}

// key identifies requests that IAM decides alike.
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
