package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"

	"connectedcar/cmd/localcloud/internal/front/wire"
)

// template is a CloudFormation template and its stack. The emulator's CloudFormation calls other services inside its own process, past the
// front. Rules about the resources of a stack therefore check the template.
type template struct {
	members
	bytes  int
	byURL  bool
	region string
}

// templateOf reads the new template of a call; ok is false if the call keeps the deployed one.
func templateOf(ctx context.Context, c call) (template, bool, error) {
	t := template{region: c.Region}
	body := []byte(c.text("TemplateBody"))
	if address := c.text("TemplateURL"); address != "" {
		bucket, key, err := objectOf(address)
		if err != nil {
			return t, false, err
		}
		out, err := c.get(ctx, "s3", "GetObject", map[string]any{"Bucket": bucket, "Key": key})
		if err != nil {
			return t, false, err
		}
		body, _ = out["Body"].([]byte)
		t.byURL = true
	}
	if len(body) == 0 {
		return t, false, nil
	}
	parsed, err := parseTemplate(body)
	t.members, t.bytes = parsed, len(body)
	return t, err == nil, nil // CloudFormation refuses a template that cannot be parsed
}

// parseTemplate reads JSON, or YAML without the short forms of intrinsic functions.
func parseTemplate(body []byte) (members, error) {
	var parsed map[string]any
	if json.Unmarshal(body, &parsed) == nil {
		return parsed, nil
	}
	if err := yaml.Unmarshal(body, &parsed); err != nil {
		return nil, fmt.Errorf("read a template: %w", err)
	}
	return parsed, nil
}

// objectOf reads the bucket and the key from an object's URL. AWS has the bucket in the host, the emulator in the path.
func objectOf(address string) (bucket, key string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("template's address: %w", err)
	}
	path := strings.TrimPrefix(u.Path, "/")
	if before, _, found := strings.Cut(u.Hostname(), ".s3."); found {
		return before, path, nil
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key, nil
}

// resources calls visit for every resource of a type.
func (t template) resources(kind string, visit func(id string, properties members)) {
	for id := range t.in("Resources") {
		r := t.in("Resources").in(id)
		if r.text("Type") == kind {
			visit(id, r.in("Properties"))
		}
	}
}

// resolve evaluates a value as far as the template alone allows. Parts that are known only at deployment are left out, so that lengths are
// lower bounds.
func (t template) resolve(value any) any {
	switch v := value.(type) {
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = t.resolve(element)
		}
		return out
	case map[string]any:
		if len(v) == 1 {
			for function, argument := range v {
				if resolved, ok := t.function(function, argument); ok {
					return resolved
				}
			}
		}
		out := map[string]any{}
		for name, element := range v {
			out[name] = t.resolve(element)
		}
		return out
	}
	return value
}

func (t template) function(name string, argument any) (any, bool) {
	switch name {
	case "Ref":
		return t.reference(fmt.Sprint(argument)), true
	case "Fn::Join":
		parts := asList(t.resolve(argument))
		if len(parts) != 2 {
			return "", true
		}
		var texts []string
		for _, p := range asList(parts[1]) {
			texts = append(texts, fmt.Sprint(p))
		}
		return strings.Join(texts, fmt.Sprint(parts[0])), true
	case "Fn::Sub":
		text, _ := argument.(string)
		if list := asList(argument); len(list) > 0 {
			text, _ = list[0].(string)
		}
		return t.substitute(text), true
	case "Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput", "Fn::Select", "Fn::FindInMap", "Fn::If", "Fn::Split", "Fn::Base64", "Fn::Cidr":
		return "", true
	}
	return nil, false
}

func (t template) reference(name string) string {
	switch name {
	case "AWS::Region":
		return t.region
	case "AWS::Partition":
		return "aws"
	case "AWS::AccountId":
		return "000000000000"
	case "AWS::URLSuffix":
		return "amazonaws.com"
	}
	return t.in("Parameters").in(name).text("Default")
}

func (t template) substitute(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, rest, _ := strings.Cut(after, "}")
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			out.WriteString("${" + literal + "}")
		} else {
			out.WriteString(t.reference(name))
		}
		text = rest
	}
}

// policyText is a template's policy document as the service receives it.
func (t template) policyText(document any) string {
	if text, ok := t.resolve(document).(string); ok {
		return text
	}
	b, err := json.Marshal(t.resolve(document))
	if err != nil {
		return ""
	}
	return string(b)
}

// target is the logical id that a Ref or a GetAtt refers to.
func target(value any) string {
	m := asMembers(value)
	if id := m.text("Ref"); id != "" {
		return id
	}
	if list := m.list("Fn::GetAtt"); len(list) > 0 {
		id, _ := list[0].(string)
		return id
	}
	id, _, _ := strings.Cut(m.text("Fn::GetAtt"), ".")
	return id
}

// stackAsk calls CloudFormation, which returns ValidationError for a missing stack; the members are then empty.
func stackAsk(ctx context.Context, c call, operation string, input map[string]any) (members, error) {
	out, err := c.get(ctx, "cloudformation", operation, input)
	var fault wire.Fault
	if errors.As(err, &fault) && fault.Code == "ValidationError" {
		return members{}, nil
	}
	return out, err
}
