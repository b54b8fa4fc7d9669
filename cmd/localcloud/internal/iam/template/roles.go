package template

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Document is a policy document.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one statement of a policy. Members that no code here reads stay undecoded.
type Statement struct {
	Sid          string `json:",omitempty"`
	Effect       string
	Principal    any   `json:",omitempty"`
	NotPrincipal any   `json:",omitempty"`
	Action       Texts `json:",omitempty"`
	NotAction    Texts `json:",omitempty"`
	Resource     Texts `json:",omitempty"`
	NotResource  Texts `json:",omitempty"`
	Condition    any   `json:",omitempty"`
}

// Texts is a list of strings. Policies may write a list of one element as a bare string.
type Texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = Texts{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// Role is a role with all its permissions.
type Role struct {
	Resource *Resource
	ARN      string
	// Statements are the statements of all its policies.
	Statements []Statement
	Boundary   string // ARN of the permissions boundary; empty for none
}

// Service returns the service that may assume the role; empty if it is not a service role.
func (r *Role) Service() string {
	statements, _ := at(r.Resource.Properties, "AssumeRolePolicyDocument", "Statement").([]any)
	for _, s := range statements {
		if service, ok := at(s, "Principal", "Service").(string); ok {
			return service
		}
	}
	return ""
}

// Roles lists the roles of the environment.
func (a *Assembly) Roles() ([]*Role, error) {
	var roles []*Role
	for _, r := range a.Of("AWS::IAM::Role") {
		role, err := a.role(r)
		if err != nil {
			return nil, fmt.Errorf("role %s of stack %s: %w", r.ID, r.Stack, err)
		}
		roles = append(roles, role)
	}
	return roles, nil
}

func (a *Assembly) role(r *Resource) (*Role, error) {
	arn, err := a.ARN(r)
	if err != nil {
		return nil, err
	}
	role := &Role{Resource: r, ARN: arn}
	if b, ok := r.Properties["PermissionsBoundary"]; ok {
		resolved, err := a.Resolve(r.Stack, b)
		if err != nil {
			return nil, err
		}
		role.Boundary = fmt.Sprint(resolved)
	}
	if managed, ok := r.Properties["ManagedPolicyArns"]; ok {
		return nil, fmt.Errorf("it has managed policies %v: package iam decides by policies of the templates alone", managed)
	}
	inline, _ := r.Properties["Policies"].([]any)
	for _, p := range inline {
		if err := a.addPolicy(role, r.Stack, p.(map[string]any)); err != nil {
			return nil, err
		}
	}
	return role, a.addAttached(role)
}

func (a *Assembly) addAttached(role *Role) error {
	r := role.Resource
	for _, p := range a.Of("AWS::IAM::Policy") {
		roles, _ := p.Properties["Roles"].([]any)
		attached := slices.ContainsFunc(roles, func(x any) bool {
			m, _ := x.(map[string]any)
			return m["Ref"] == r.ID
		})
		if p.Stack == r.Stack && attached {
			if err := a.addPolicy(role, p.Stack, p.Properties); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Assembly) addPolicy(role *Role, stack string, policy map[string]any) error {
	d, err := a.document(stack, policy["PolicyDocument"])
	if err != nil {
		return err
	}
	role.Statements = append(role.Statements, d.Statement...)
	return nil
}

func (a *Assembly) document(stack string, raw any) (Document, error) {
	resolved, err := a.Resolve(stack, raw)
	if err != nil {
		return Document{}, err
	}
	b, err := json.Marshal(resolved)
	if err != nil {
		return Document{}, fmt.Errorf("encode a policy: %w", err)
	}
	var d Document
	if err := json.Unmarshal(b, &d); err != nil {
		return Document{}, fmt.Errorf("decode a policy: %w", err)
	}
	return d, nil
}

// ManagedPolicies returns the managed policies, which may be permissions boundaries, by ARN.
func (a *Assembly) ManagedPolicies() (map[string]Document, error) {
	byARN := map[string]Document{}
	for _, p := range a.Of("AWS::IAM::ManagedPolicy") {
		arn, err := a.ARN(p)
		if err != nil {
			return nil, err
		}
		if byARN[arn], err = a.document(p.Stack, p.Properties["PolicyDocument"]); err != nil {
			return nil, err
		}
	}
	return byARN, nil
}

// resourcePolicies are the resource types that attach a policy to other resources, with the members that hold the document and the
// resources.
var resourcePolicies = []struct{ kind, document, resources string }{
	{"AWS::SQS::QueuePolicy", "PolicyDocument", "Queues"},
	{"AWS::SNS::TopicPolicy", "PolicyDocument", "Topics"},
	{"AWS::S3::BucketPolicy", "PolicyDocument", "Bucket"},
	{"AWS::Kinesis::ResourcePolicy", "ResourcePolicy", "ResourceArn"},
}

// ResourcePolicies returns resource policies by the ARN of their resource. The objects of a bucket have the bucket's policy.
func (a *Assembly) ResourcePolicies() (map[string]Document, error) {
	byARN := map[string]Document{}
	add := func(arn string, d Document) {
		whole := byARN[arn]
		whole.Version = d.Version
		whole.Statement = append(whole.Statement, d.Statement...)
		byARN[arn] = whole
	}
	for _, key := range a.Of("AWS::KMS::Key") {
		d, err := a.document(key.Stack, key.Properties["KeyPolicy"])
		if err != nil {
			return nil, err
		}
		arn, err := a.ARN(key)
		if err != nil {
			return nil, err
		}
		add(arn, d)
	}
	for _, kind := range resourcePolicies {
		for _, p := range a.Of(kind.kind) {
			if err := a.attach(p, kind.document, kind.resources, add); err != nil {
				return nil, fmt.Errorf("%s of stack %s: %w", p.ID, p.Stack, err)
			}
		}
	}
	return byARN, nil
}

func (a *Assembly) attach(p *Resource, document, resources string, add func(string, Document)) error {
	d, err := a.document(p.Stack, p.Properties[document])
	if err != nil {
		return err
	}
	resolved, err := a.Resolve(p.Stack, p.Properties[resources])
	if err != nil {
		return err
	}
	list, ok := resolved.([]any)
	if !ok {
		list = []any{resolved}
	}
	for _, id := range list {
		add(a.arnOf(p.Type, fmt.Sprint(id)), d)
	}
	return nil
}

// arnOf converts the name of a resource in its policy resource to an ARN; the name is a queue's URL or a bucket's name, for example.
func (a *Assembly) arnOf(policy, id string) string {
	switch {
	case strings.HasPrefix(id, "arn:"):
		return id
	case policy == "AWS::S3::BucketPolicy":
		return "arn:aws:s3:::" + id
	case policy == "AWS::SQS::QueuePolicy":
		return fmt.Sprintf(arns["AWS::SQS::Queue"], a.Region, a.Account, id[strings.LastIndex(id, "/")+1:])
	}
	return id
}
