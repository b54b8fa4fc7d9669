package iam

import (
	"fmt"
	"maps"
	"slices"
)

// need lists the IAM actions and resources that an operation requires, given its input.
type need func(Call) []Request

// needs has a row for every operation that the platform's functions and rules call. An operation without a row is an error; a new call gets
// its row from the service authorization reference.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
var needs = merged(dynamoDBNeeds, iotNeeds, messagingNeeds, identityNeeds, storageNeeds)

func merged(tables ...map[string]need) map[string]need {
	all := map[string]need{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// Requests lists the IAM requests that AWS would make for the call. It fails for an operation without a row in needs.
func Requests(c Call) ([]Request, error) {
	n, ok := needs[c.Service+"."+c.Operation]
	if !ok {
		return nil, fmt.Errorf("%s called %s.%s, which has no row among the operations in package iam: add its actions and resources",
			c.Caller, c.Service, c.Operation)
	}
	requests := n(c)
	for i := range requests {
		requests[i].Caller = c.Caller
		if requests[i].Resource == "" {
			return nil, fmt.Errorf("%s called %s.%s, whose input names no resource", c.Caller, c.Service, c.Operation)
		}
	}
	slices.SortFunc(requests, compare)
	return slices.CompactFunc(requests, func(a, b Request) bool { return a.key() == b.key() }), nil
}

// on is the need of one action on each of the resources.
func on(action string, resources ...func(Call) string) need {
	return func(c Call) (list []Request) {
		for _, r := range resources {
			list = append(list, Request{Action: action, Resource: r(c)})
		}
		return list
	}
}

// anywhere is the resource of actions that have no resource type.
func anywhere(Call) string { return "*" }

// text is a string member of the input; empty if absent.
func (c Call) text(member string) string {
	s, _ := c.Input[member].(string)
	return s
}

func (c Call) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, c.Region, c.Account, resource)
}

// named is the ARN of a service's resource whose name is a member of the input.
func named(service, prefix, member string) func(Call) string {
	return func(c Call) string {
		if c.text(member) == "" {
			return ""
		}
		return c.arn(service, prefix+c.text(member))
	}
}

func elements(v any) []map[string]any {
	list, _ := v.([]any)
	var out []map[string]any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
