package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// maxDocument is the longest document that Parse accepts, in bytes: four times the largest one that AWS IoT accepts, which is measured
// without whitespace.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits
const maxDocument = 4 * 2048

// Document is a parsed policy document, ready to be evaluated. It is safe for concurrent use.
type Document struct {
	statements []statement
}

// statement is a compiled statement.
type statement struct {
	sid          string
	deny         bool
	actions      []action
	notActions   bool
	resources    []pattern
	notResources bool
	conditions   []condition
}

type rawDocument struct {
	Version   string
	ID        string `json:"Id"`
	Statement json.RawMessage
}

type rawStatement struct {
	Sid         string
	Effect      string
	Action      texts
	NotAction   texts
	Resource    texts
	NotResource texts
	Condition   map[string]map[string]texts
}

// texts is a string or a list of strings. In conditions, Booleans and numbers are allowed too.
type texts []string

func (t *texts) UnmarshalJSON(b []byte) error {
	var one any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&one); err != nil {
		return err
	}
	list, ok := one.([]any)
	if !ok {
		list = []any{one}
	}
	*t = texts{}
	for _, v := range list {
		switch v := v.(type) {
		case string, bool, json.Number:
			*t = append(*t, fmt.Sprint(v))
		default:
			return fmt.Errorf("%s: allowed are a string or a list of strings", b)
		}
	}
	return nil
}

// Parse parses a policy document. The error names the statement, the invalid element, and the allowed values.
func Parse(doc []byte) (*Document, error) {
	if len(doc) > maxDocument {
		return nil, fmt.Errorf("policy document has %d bytes: allowed are %d", len(doc), maxDocument)
	}
	var in rawDocument
	if err := decodeStrict(doc, &in); err != nil {
		return nil, fmt.Errorf("policy document: %w", err)
	}
	if in.Version != "2012-10-17" && in.Version != "2008-10-17" && in.Version != "" {
		return nil, fmt.Errorf("policy document: Version %q: allowed is 2012-10-17", in.Version)
	}
	list, err := splitStatements(in.Statement)
	if err != nil {
		return nil, fmt.Errorf("policy document: Statement: %w", err)
	}
	d := &Document{}
	for i, s := range list {
		compiled, err := compileStatement(s, in.Version == "2012-10-17")
		if err != nil {
			return nil, fmt.Errorf("policy document: statement %d: %w", i, err)
		}
		d.statements = append(d.statements, compiled)
	}
	return d, nil
}

// decodeStrict fails on unknown elements and on text after the value.
func decodeStrict(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if d.More() {
		return errors.New("text after the document")
	}
	return nil
}

// Unknown returns the policy variables and condition keys of the document that AWS IoT does not have. They never have a value, so they are
// probably a mistake.
// https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-variables.html
func (d *Document) Unknown() []string {
	var out []string
	for _, s := range d.statements {
		for _, p := range s.resources {
			for _, v := range p.parts {
				if v.get.unknown {
					out = append(out, v.get.name)
				}
			}
		}
		for _, c := range s.conditions {
			if c.key.unknown {
				out = append(out, c.key.name)
			}
		}
	}
	return out
}

// splitStatements parses one statement or a list of statements.
func splitStatements(b json.RawMessage) ([]rawStatement, error) {
	if len(b) == 0 {
		return nil, errors.New("missing")
	}
	if b[0] == '[' {
		var list []rawStatement
		err := decodeStrict(b, &list)
		if err == nil && len(list) == 0 {
			err = errors.New("is empty: at least one statement is needed")
		}
		return list, err
	}
	var one rawStatement
	err := decodeStrict(b, &one)
	return []rawStatement{one}, err
}

// compileStatement compiles a statement. Policy variables exist only in documents of version 2012-10-17.
func compileStatement(in rawStatement, variables bool) (statement, error) {
	s := statement{sid: in.Sid, deny: in.Effect == "Deny", notActions: in.NotAction != nil, notResources: in.NotResource != nil}
	if in.Effect != "Allow" && in.Effect != "Deny" {
		return s, fmt.Errorf("effect %q: allowed are Allow and Deny", in.Effect)
	}
	actions, err := either("Action", in.Action, in.NotAction)
	if err != nil {
		return s, err
	}
	for _, a := range actions {
		compiled, err := compileAction(a)
		if err != nil {
			return s, err
		}
		s.actions = append(s.actions, compiled)
	}
	resources, err := either("Resource", in.Resource, in.NotResource)
	if err != nil {
		return s, err
	}
	for _, r := range resources {
		if r != "*" && !strings.HasPrefix(r, "arn:") {
			return s, fmt.Errorf("resource %q: allowed are * and ARNs", r)
		}
		p, err := compilePattern(r, variables, true)
		if err != nil {
			return s, fmt.Errorf("resource %q: %w", r, err)
		}
		s.resources = append(s.resources, p)
	}
	s.conditions, err = compileConditions(in.Condition, variables)
	return s, err
}

// either returns the element or its negation. Exactly one of them must be present, with a value.
func either(name string, plain, negated texts) (texts, error) {
	switch {
	case plain != nil && negated != nil:
		return nil, fmt.Errorf("%s and Not%s: allowed is one of them", name, name)
	case len(plain) == 0 && len(negated) == 0:
		return nil, fmt.Errorf("%s is missing", name)
	case negated != nil:
		return negated, nil
	}
	return plain, nil
}

// action is a compiled action: iot:Publish, or a pattern with wildcards. Actions are compared case-insensitively.
type action struct {
	text string
	glob *pattern // nil without wildcards
}

func compileAction(s string) (action, error) {
	lower := strings.ToLower(s)
	if lower != "*" && !strings.Contains(lower, ":") {
		return action{}, fmt.Errorf("action %q: allowed are * and actions such as iot:Publish", s)
	}
	a := action{text: lower}
	if strings.ContainsAny(lower, "*?") {
		p, err := compilePattern(lower, false, true)
		if err != nil {
			return action{}, fmt.Errorf("action %q: %w", s, err)
		}
		a.glob = &p
	}
	return a, nil
}

func (a action) matches(lower string) bool {
	if a.glob == nil {
		return a.text == lower
	}
	ok, _ := a.glob.match(lower, nil)
	return ok
}
