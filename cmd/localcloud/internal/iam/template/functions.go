package template

import (
	"fmt"
	"strings"

	"connectedcar/internal/names"
)

// Function is a Lambda function with its role and the application id of its calls.
type Function struct {
	Resource *Resource
	Name     string
	Role     string // ARN
}

// Functions lists the functions of the environment.
func (a *Assembly) Functions() ([]Function, error) {
	var list []Function
	for _, r := range a.Of("AWS::Lambda::Function") {
		name, _ := at(r.Properties, "Environment", "Variables", names.EnvApplicationID).(string)
		if name == "" {
			return nil, fmt.Errorf("function %s of stack %s has no %s: nobody could tell its calls", r.ID, r.Stack, names.EnvApplicationID)
		}
		role, err := a.Resolve(r.Stack, r.Properties["Role"])
		if err != nil {
			return nil, fmt.Errorf("function %s of stack %s: %w", r.ID, r.Stack, err)
		}
		list = append(list, Function{Resource: r, Name: name, Role: fmt.Sprint(role)})
	}
	return list, nil
}

// at returns the value at a path in nested maps; nil if there is none.
func at(value any, path ...string) any {
	for _, key := range path {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

// Text resolves the member at that path of the resource to a string. It is empty if the template does not have the member.
func (a *Assembly) Text(r *Resource, path ...string) (string, error) {
	value := at(r.Properties, path...)
	if value == nil {
		return "", nil
	}
	resolved, err := a.Resolve(r.Stack, value)
	if err != nil {
		return "", fmt.Errorf("%s of %s in stack %s: %w", strings.Join(path, "."), r.ID, r.Stack, err)
	}
	return fmt.Sprint(resolved), nil
}

// Key returns the ARN of the customer managed key that encrypts the resource with that ARN; empty if there is none.
func (a *Assembly) Key(arn string) (string, error) {
	for kind, member := range map[string][]string{
		"AWS::SNS::Topic": {"KmsMasterKeyId"}, "AWS::SQS::Queue": {"KmsMasterKeyId"}, "AWS::Kinesis::Stream": {"StreamEncryption", "KeyId"},
	} {
		for _, r := range a.Of(kind) {
			if own, err := a.ARN(r); err != nil || own != arn {
				continue
			}
			key, err := a.Text(r, member...)
			if err != nil || !strings.HasPrefix(key, "arn:") { // an alias refers to an AWS managed key
				return "", err
			}
			return key, nil
		}
	}
	return "", nil
}
