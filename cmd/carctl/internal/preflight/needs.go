package preflight

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Needs has the synthesized stacks of one environment.
type Needs struct {
	Stacks             []Stack
	Bootstrap          int    // minimum version of the bootstrap stack
	BootstrapParameter string // SSM parameter with the version of the bootstrap stack
}

// Stack is a stack's name and resources.
type Stack struct {
	Name      string
	Resources map[string]Resource
}

// Resource is a resource of a template.
type Resource struct {
	Type       string
	Properties map[string]any
}

// ReadNeeds reads the stacks of the environment from a cloud assembly, the output folder of `cdk synth`.
func ReadNeeds(assembly, environment string) (Needs, error) {
	dir := filepath.Join(assembly, "assembly-"+environment)
	var manifest struct {
		Artifacts map[string]struct {
			Type       string
			Properties struct {
				TemplateFile, StackName, BootstrapStackVersionSsmParameter string
				RequiresBootstrapStackVersion                              int
			}
		}
	}
	if err := readJSON(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		return Needs{}, fmt.Errorf("%w: write the templates first, with `make synth`", err)
	}
	var n Needs
	for _, a := range manifest.Artifacts {
		if a.Type != "aws:cloudformation:stack" {
			continue
		}
		s := Stack{Name: a.Properties.StackName}
		if err := readJSON(filepath.Join(dir, a.Properties.TemplateFile), &s); err != nil {
			return Needs{}, err
		}
		n.Stacks = append(n.Stacks, s)
		n.Bootstrap = max(n.Bootstrap, a.Properties.RequiresBootstrapStackVersion)
		n.BootstrapParameter = a.Properties.BootstrapStackVersionSsmParameter
	}
	if len(n.Stacks) == 0 {
		return Needs{}, fmt.Errorf("%s has no stacks", dir)
	}
	slices.SortFunc(n.Stacks, func(a, b Stack) int { return strings.Compare(a.Name, b.Name) })
	return n, nil
}

func readJSON(file string, into any) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read templates: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read templates: %s: %w", file, err)
	}
	return nil
}

// of returns the resources of those types, by STACK/ID.
func (n Needs) of(types ...string) map[string]Resource {
	out := map[string]Resource{}
	for _, s := range n.Stacks {
		for id, r := range s.Resources {
			if slices.Contains(types, r.Type) {
				out[s.Name+"/"+id] = r
			}
		}
	}
	return out
}

// number returns the property at that path if it is a number.
func (r Resource) number(path ...string) (float64, bool) {
	v, ok := r.at(path...).(float64)
	return v, ok
}

// text returns the property at that path if it is a string; empty if the value is computed at deployment.
func (r Resource) text(path ...string) string {
	s, _ := r.at(path...).(string)
	return s
}

func (r Resource) at(path ...string) any {
	var v any = r.Properties
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// allows reports whether any role of the stacks is allowed the action.
func (n Needs) allows(action string) bool {
	for _, r := range n.of("AWS::IAM::Policy", "AWS::IAM::Role") {
		b, err := json.Marshal(r.Properties)
		if err == nil && strings.Contains(string(b), `"`+action+`"`) {
			return true
		}
	}
	return false
}

// actions returns the actions of that service that the policies in the stack allow to the role.
func (s Stack) actions(role, service string) []string {
	var out []string
	for _, r := range s.Resources {
		if r.Type != "AWS::IAM::Policy" || !strings.Contains(fmt.Sprint(r.Properties["Roles"]), role) {
			continue
		}
		b, err := json.Marshal(r.Properties["PolicyDocument"])
		if err != nil {
			continue
		}
		for word := range strings.SplitSeq(string(b), `"`) {
			if strings.HasPrefix(word, service+":") && !slices.Contains(out, word) {
				out = append(out, word)
			}
		}
	}
	slices.Sort(out)
	return out
}
