// Package policy writes the policy documents of AWS IoT, the statements of IAM that no grant of the CDK makes, and the SQL of
// topic rules. It knows nothing of the CDK: regions and accounts are texts here, which may be the CDK's placeholders.
package policy

import "encoding/json"

// Version is the version of the policy language.
const Version = "2012-10-17"

// Document is a policy as AWS IoT and IAM take it.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources. There is no Effect to choose: nothing here denies.
type Statement struct {
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]string `json:",omitempty"`
}

// texts is one text or more. One alone is written without a list around it: the policies of AWS IoT are short of space.
type texts []string

// MarshalJSON implements json.Marshaler.
func (t texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Allow is a statement that allows those actions on those resources.
func Allow(actions, resources []string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: resources}
}

// Place is the start of an ARN: partition, region and account.
type Place struct {
	Partition string
	Region    string
	Account   string
}

// topics are the ARNs of those topics.
func (p Place) topics(topics []string) []string {
	arns := make([]string, len(topics))
	for i, t := range topics {
		arns[i] = p.IoT("topic", t)
	}
	return arns
}

// IoT is the ARN of a resource of AWS IoT.
func (p Place) IoT(kind, name string) string {
	return "arn:" + p.Partition + ":iot:" + p.Region + ":" + p.Account + ":" + kind + "/" + name
}
