// Package policy writes AWS IoT policy documents, IAM statements that no grant of the CDK covers, and the SQL of topic rules. It does not
// import the CDK: regions and accounts are strings, which may be the CDK's tokens.
package policy

import "encoding/json"

// Version is the version of the policy language.
const Version = "2012-10-17"

// Document is a policy document of AWS IoT or IAM.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement allows actions on resources. It has no Effect to set, because no statement of this package denies.
type Statement struct {
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]string `json:",omitempty"`
}

// texts is a list of strings. A single element is encoded without a list, because the size of AWS IoT policies is limited.
type texts []string

// MarshalJSON implements json.Marshaler.
func (t texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Allow returns a statement that allows those actions on those resources.
func Allow(actions, resources []string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: resources}
}

// Place is the beginning of an ARN: partition, region and account.
type Place struct {
	Partition string
	Region    string
	Account   string
}

// topics returns the ARNs of those topics.
func (p Place) topics(topics []string) []string {
	arns := make([]string, len(topics))
	for i, t := range topics {
		arns[i] = p.IoT("topic", t)
	}
	return arns
}

// IoT returns the ARN of an AWS IoT resource.
func (p Place) IoT(kind, name string) string {
	return "arn:" + p.Partition + ":iot:" + p.Region + ":" + p.Account + ":" + kind + "/" + name
}
