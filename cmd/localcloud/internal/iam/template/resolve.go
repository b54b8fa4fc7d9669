package template

import (
	"fmt"
	"regexp"
	"strings"
)

// Resolve evaluates the intrinsic functions in a value of that stack's template. A value that is known only at deployment, and that no
// permission depends on, becomes a placeholder with its name.
func (a *Assembly) Resolve(stackName string, value any) (any, error) {
	s, ok := a.stacks[stackName]
	if !ok {
		return nil, fmt.Errorf("no template of stack %s", stackName)
	}
	return a.resolve(s, value)
}

func (a *Assembly) resolve(s *stack, value any) (any, error) {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = a.resolve(s, v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if f, ok := intrinsics[name]; ok {
					return f(a, s, argument)
				}
			}
		}
		out := make(map[string]any, len(v))
		for key, element := range v {
			var err error
			if out[key], err = a.resolve(s, element); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}

type intrinsic func(a *Assembly, s *stack, argument any) (any, error)

var intrinsics map[string]intrinsic

func init() { // in init, because the functions refer to this table through resolve
	intrinsics = map[string]intrinsic{
		"Ref":                ref,
		"Fn::GetAtt":         getAtt,
		"Fn::ImportValue":    importValue,
		"Fn::GetStackOutput": stackOutput,
		"Fn::Join":           join,
		"Fn::Sub":            sub,
		"Fn::Select":         pick,
		"Fn::Split":          split,
	}
}

func ref(a *Assembly, s *stack, argument any) (any, error) {
	name, _ := argument.(string)
	switch name {
	case "AWS::Partition":
		return "aws", nil
	case "AWS::Region":
		return a.Region, nil
	case "AWS::AccountId":
		return a.Account, nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	case "AWS::NoValue":
		return nil, nil
	case "AWS::StackName":
		return s.name, nil
	}
	r, ok := s.Resources[name]
	if !ok {
		return "${" + name + "}", nil // a stack parameter
	}
	if r.Type == "AWS::SNS::Topic" || r.Type == "AWS::IAM::ManagedPolicy" {
		return a.ARN(r)
	}
	return a.PhysicalID(r), nil
}

func getAtt(a *Assembly, s *stack, argument any) (any, error) {
	id, attribute := "", ""
	switch v := argument.(type) {
	case string:
		id, attribute, _ = strings.Cut(v, ".")
	case []any:
		id, _ = v[0].(string)
		attribute, _ = v[1].(string)
	}
	r, ok := s.Resources[id]
	if !ok {
		return nil, fmt.Errorf("stack %s: Fn::GetAtt of %s, which is no resource of it", s.name, id)
	}
	switch attribute {
	case "Arn":
		return a.ARN(r)
	case "StreamArn":
		arn, err := a.ARN(r)
		return arn + "/stream/label", err
	case "Id":
		return a.PhysicalID(r), nil
	}
	return "${" + id + "." + attribute + "}", nil
}

func importValue(a *Assembly, s *stack, argument any) (any, error) {
	name, err := a.resolve(s, argument)
	if err != nil {
		return nil, err
	}
	e, ok := a.exports[fmt.Sprint(name)]
	if !ok {
		return nil, fmt.Errorf("stack %s imports %v, which no template exports", s.name, name)
	}
	return a.resolve(e.stack, e.value)
}

// stackOutput resolves a weak reference to another stack's output.
func stackOutput(a *Assembly, s *stack, argument any) (any, error) {
	fields, _ := argument.(map[string]any)
	name, err := a.resolve(s, fields["StackName"])
	if err != nil {
		return nil, err
	}
	other, ok := a.stacks[fmt.Sprint(name)]
	if !ok {
		return nil, fmt.Errorf("stack %s reads an output of stack %v, which has no template here", s.name, name)
	}
	out, ok := other.Outputs[fmt.Sprint(fields["OutputName"])]
	if !ok {
		return nil, fmt.Errorf("stack %s reads output %v of stack %v, which has no such output", s.name, fields["OutputName"], name)
	}
	return a.resolve(other, out.Value)
}

func join(a *Assembly, s *stack, argument any) (any, error) {
	v, ok := argument.([]any)
	if !ok || len(v) != 2 {
		return nil, fmt.Errorf("stack %s: Fn::Join takes a separator and a list", s.name)
	}
	resolved, err := a.resolve(s, v[1])
	if err != nil {
		return nil, err
	}
	var parts []string
	list, _ := resolved.([]any)
	for _, p := range list {
		parts = append(parts, fmt.Sprint(p))
	}
	return strings.Join(parts, fmt.Sprint(v[0])), nil
}

var variable = regexp.MustCompile(`\$\{([A-Za-z0-9:.]+)\}`)

func sub(a *Assembly, s *stack, argument any) (any, error) {
	text, values := argument, map[string]any{}
	if v, ok := argument.([]any); ok && len(v) == 2 {
		text = v[0]
		values, _ = v[1].(map[string]any)
	}
	var failed error
	out := variable.ReplaceAllStringFunc(fmt.Sprint(text), func(whole string) string {
		name := whole[2 : len(whole)-1]
		value, err := any(nil), error(nil)
		switch given, ok := values[name]; {
		case ok:
			value, err = a.resolve(s, given)
		case strings.Contains(name, ".") && !strings.Contains(name, "::"):
			value, err = getAtt(a, s, name)
		default:
			value, err = ref(a, s, name)
		}
		if err != nil {
			failed = err
		}
		return fmt.Sprint(value)
	})
	return out, failed
}

func pick(a *Assembly, s *stack, argument any) (any, error) {
	v, ok := argument.([]any)
	if !ok || len(v) != 2 {
		return nil, fmt.Errorf("stack %s: Fn::Select takes an index and a list", s.name)
	}
	resolved, err := a.resolve(s, v[1])
	if err != nil {
		return nil, err
	}
	var index int
	if _, err := fmt.Sscan(fmt.Sprint(v[0]), &index); err != nil {
		return nil, fmt.Errorf("stack %s: Fn::Select of index %v: %w", s.name, v[0], err)
	}
	list, _ := resolved.([]any)
	if index < 0 || index >= len(list) {
		return "${Select}", nil // the list is known only at deployment
	}
	return list[index], nil
}

func split(a *Assembly, s *stack, argument any) (any, error) {
	v, ok := argument.([]any)
	if !ok || len(v) != 2 {
		return nil, fmt.Errorf("stack %s: Fn::Split takes a separator and a text", s.name)
	}
	resolved, err := a.resolve(s, v[1])
	if err != nil {
		return nil, err
	}
	var out []any
	for _, p := range strings.Split(fmt.Sprint(resolved), fmt.Sprint(v[0])) {
		out = append(out, p)
	}
	return out, nil
}
