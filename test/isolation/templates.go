// Package isolation checks the synthesised templates for isolation between cars: a car can do everything that it must on its own topics and
// shadows and nothing on another car's, and each topic rule selects only messages of the car in the topic. The checks return errors, so
// that tests can show that the checks detect a policy or rule that is too wide.
package isolation

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"connectedcar/internal/names"
	"connectedcar/internal/twin/iot/policy"
)

// The account in place of the deployment's, for templates that do not name one.
const (
	partition = "aws"
	region    = "eu-central-1"
	account   = "123456789012"
)

// Environment holds the AWS IoT resources in the templates of one environment.
type Environment struct {
	Name string // name of the templates' folder, or the prefix of their names
	Place
	Policy     string // the document of all policies of a car's certificate together
	Quarantine string // the document of the thing group of cars in quarantine
	Rules      map[string]Rule
}

// Rule is a topic rule; its purpose is the part of its name after the application's name.
type Rule struct {
	Name        string
	SQL         string
	Version     string
	Disabled    bool
	Actions     []map[string]map[string]any
	ErrorAction map[string]map[string]any
}

// maxPolicy is the maximum size of a policy document in AWS IoT, in characters.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
const maxPolicy = 2048

type policyDocument struct {
	Version   string
	Statement []json.RawMessage
}

// denies reports whether all statements are denials, as those of the quarantine are.
func (d policyDocument) denies() bool {
	return !slices.ContainsFunc(d.Statement, func(raw json.RawMessage) bool {
		var s struct{ Effect string }
		return json.Unmarshal(raw, &s) != nil || s.Effect != "Deny"
	})
}

type template struct {
	Resources map[string]struct {
		Type       string
		Properties json.RawMessage
	}
}

type ruleProperties struct {
	RuleName         string
	TopicRulePayload struct {
		SQL              string `json:"Sql"`
		AwsIotSQLVersion string `json:"AwsIotSqlVersion"`
		RuleDisabled     bool
		Actions          []map[string]map[string]any
		ErrorAction      map[string]map[string]any
	}
}

var environmentPattern = regexp.MustCompile(`\b(dev|prod|local)`)

// Load reads the templates (JSON) below the folder and groups them by environment. Variants and the templates of the last release are left
// out.
func Load(dir string) (map[string]*Environment, error) {
	out := map[string]*Environment{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "variants" || d.Name() == "release") {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return readTemplate(path, environmentPattern.FindString(rel), out)
	})
	return out, err
}

func readTemplate(path, name string, out map[string]*Environment) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var t template
	if json.Unmarshal(b, &t) != nil {
		return nil // not a template
	}
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		r := t.Resources[id]
		if out[name] == nil {
			out[name] = &Environment{Name: name, Rules: map[string]Rule{}}
		}
		switch r.Type {
		case "AWS::IoT::Policy":
			err = out[name].addPolicy(r.Properties)
		case "AWS::IoT::TopicRule":
			err = out[name].addRule(r.Properties)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, id, err)
		}
	}
	return nil
}

// placePattern matches the partition, region, account and application in the ARNs of the topics on which cars publish.
var placePattern = regexp.MustCompile(`arn:([a-z-]+):iot:([a-z0-9-]+):([0-9]{12}):topic/(?:\$aws/rules/\w+/)?dt/([a-z0-9-]+)/`)

func (e *Environment) addPolicy(properties json.RawMessage) error {
	var p struct{ PolicyDocument any }
	if err := json.Unmarshal(properties, &p); err != nil {
		return err
	}
	resolved, err := resolve(p.PolicyDocument)
	if err != nil {
		return err
	}
	if err := e.mergePolicy(resolved); err != nil {
		return err
	}
	if e.Policy == "" {
		return nil // the certificate's policies are still to come
	}
	found := placePattern.FindStringSubmatch(e.Policy)
	if found == nil {
		return fmt.Errorf("no topic of an application in %s", e.Policy)
	}
	e.ARNs = policy.ARNs{Partition: found[1], Region: found[2], Account: found[3]}
	e.Application, err = names.ParseApplication(found[4])
	return err
}

// mergePolicy adds the statements of one more of the policies that a car's certificate has. AWS IoT allows what any of them does. A policy
// of denials alone is the quarantine's, and stays apart.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-authorization.html
func (e *Environment) mergePolicy(document any) error {
	b, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if len(b) > maxPolicy {
		return fmt.Errorf("a policy of %d characters: AWS IoT allows %d", len(b), maxPolicy)
	}
	merged, more := policyDocument{}, policyDocument{}
	if err := json.Unmarshal(b, &more); err != nil {
		return err
	}
	if more.denies() {
		if e.Quarantine != "" {
			return fmt.Errorf("a second policy of denials alone: %s", b)
		}
		e.Quarantine = string(b)
		return nil
	}
	if e.Policy != "" {
		if err := json.Unmarshal([]byte(e.Policy), &merged); err != nil {
			return err
		}
	}
	merged.Version, merged.Statement = more.Version, append(merged.Statement, more.Statement...)
	b, err = json.Marshal(merged)
	e.Policy = string(b)
	return err
}

func (e *Environment) addRule(properties json.RawMessage) error {
	var generic any
	if err := json.Unmarshal(properties, &generic); err != nil {
		return err
	}
	resolved, err := resolve(generic)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(resolved)
	if err != nil {
		return err
	}
	var p ruleProperties
	if err := json.Unmarshal(plain, &p); err != nil {
		return err
	}
	_, purpose, _ := strings.Cut(p.RuleName, "_")
	for _, known := range purposes() {
		if strings.HasSuffix(p.RuleName, "_"+known) {
			purpose = known
		}
	}
	e.Rules[purpose] = Rule{
		Name: p.RuleName, SQL: p.TopicRulePayload.SQL, Version: p.TopicRulePayload.AwsIotSQLVersion,
		Disabled: p.TopicRulePayload.RuleDisabled, Actions: p.TopicRulePayload.Actions, ErrorAction: p.TopicRulePayload.ErrorAction,
	}
	return nil
}

// resolve replaces intrinsic functions: the account's pseudo parameters by values, joins by strings, other references by a name.
func resolve(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			r, err := resolve(v[i])
			if err != nil {
				return nil, err
			}
			v[i] = r
		}
	case map[string]any:
		if len(v) == 1 {
			for k, arg := range v {
				if k == "Ref" || strings.HasPrefix(k, "Fn::") {
					return intrinsic(k, arg)
				}
			}
		}
		for k := range v {
			r, err := resolve(v[k])
			if err != nil {
				return nil, err
			}
			v[k] = r
		}
	}
	return v, nil
}

func intrinsic(name string, arg any) (any, error) {
	switch name {
	case "Ref":
		pseudo := map[any]string{"AWS::Partition": partition, "AWS::Region": region, "AWS::AccountId": account, "AWS::URLSuffix": "amazonaws.com"}
		if s, ok := pseudo[arg]; ok {
			return s, nil
		}
		return fmt.Sprintf("ref-%v", arg), nil
	case "Fn::Join":
		return join(arg)
	case "Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput", "Fn::Select", "Fn::FindInMap":
		return "a-value-of-another-resource", nil
	}
	return nil, fmt.Errorf("intrinsic function %s: allowed are Ref, Fn::Join and references to other resources", name)
}

func join(arg any) (any, error) {
	parts, ok := arg.([]any)
	if !ok || len(parts) != 2 {
		return nil, fmt.Errorf("Fn::Join of %v", arg)
	}
	resolved, err := resolve(parts[1])
	if err != nil {
		return nil, err
	}
	list, ok := resolved.([]any)
	if !ok {
		return nil, fmt.Errorf("Fn::Join of %v", arg)
	}
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = fmt.Sprint(p)
	}
	return strings.Join(texts, fmt.Sprint(parts[0])), nil
}
