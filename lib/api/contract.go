package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a part of an OpenAPI document.
type object = map[string]any

// methods are the HTTP methods that a path of the contract may have.
var methods = []string{"delete", "get", "patch", "post", "put"}

// Gateway configures how API Gateway serves the contract.
type Gateway struct {
	Function    string // URI of the integration with the function
	Pool        string // ARN of the user pool whose tokens are accepted
	Scopes      bool   // tokens are access tokens: each operation requires the scopes that the contract names
	Origin      string // of the one web page that may call the API; empty: no web page may
	TimeoutMS   int    // integration timeout in milliseconds
	Title       string // name of the API in AWS
	Description string
}

// cognito is the contract's security scheme.
const cognito = "cognito"

// Body returns the contract in the form that API Gateway imports: each operation is validated, authorized and proxied to the function. API
// Gateway supports only a part of OpenAPI and ignores responses of a proxy integration, so only parameters, request schemas and security
// requirements are kept.
func Body(contract []byte, g Gateway) (object, error) {
	var in object
	if err := yaml.Unmarshal(contract, &in); err != nil {
		return nil, fmt.Errorf("read the contract: %w", err)
	}
	d := document{in}
	paths, _ := in["paths"].(object)
	if len(paths) == 0 {
		return nil, fmt.Errorf("read the contract: it has no paths")
	}
	out := object{}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, err := d.path(paths[path], g)
		if err != nil {
			return nil, fmt.Errorf("path %s of the contract: %w", path, err)
		}
		out[path] = item
	}
	info, _ := in["info"].(object)
	return object{
		"openapi":                                in["openapi"],
		"info":                                   object{"title": g.Title, "version": info["version"], "description": g.Description},
		"paths":                                  out,
		"components":                             object{"schemas": d.schemas(out), "securitySchemes": object{cognito: authorizer(g)}},
		"x-amazon-apigateway-request-validators": object{"all": object{"validateRequestBody": true, "validateRequestParameters": true}},
		"x-amazon-apigateway-request-validator":  "all",
	}, nil
}

// document is the parsed contract.
type document struct{ root object }

// path converts a path item. Settings that its operations share are copied into each operation, where API Gateway reads them.
func (d document) path(value any, g Gateway) (object, error) {
	item, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("it is no object")
	}
	out := object{}
	for name, operation := range item {
		switch {
		case slices.Contains(methods, name):
			o, err := d.operation(operation, item["parameters"], g)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = o
		case name != "parameters":
			return nil, fmt.Errorf("%q: allowed are parameters and %s", name, strings.Join(methods, ", "))
		}
	}
	allowed, parameters := slices.Sorted(maps.Keys(out)), d.parameters(item["parameters"], nil)
	out[anyMethod] = notAllowed(g.Origin, allowed, parameters)
	if g.Origin != "" {
		out["options"] = preflight(g.Origin, allowed, parameters)
	}
	return out, nil
}

func (d document) operation(value, shared any, g Gateway) (object, error) {
	in, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("it is no object")
	}
	out := object{
		"operationId": in["operationId"],
		"responses":   object{"200": object{"description": "See the contract."}},
		"x-amazon-apigateway-integration": object{
			"type": "aws_proxy", "httpMethod": "POST", "uri": g.Function, "timeoutInMillis": g.TimeoutMS, "passthroughBehavior": "when_no_match",
		},
	}
	if parameters := d.parameters(shared, in["parameters"]); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if body := d.resolve(in["requestBody"]); body != nil {
		out["requestBody"] = withoutExamples(body)
	}
	security, ok := in["security"]
	if !ok {
		security = d.root["security"]
	}
	required, err := requirement(security, g.Scopes)
	if err != nil {
		return nil, err
	}
	if required != nil {
		out["security"] = required
	}
	return out, nil
}

// requirement converts the security requirement of an operation. An empty list in the contract marks a public operation.
func requirement(value any, scopes bool) ([]any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("it says nothing of who may call it (security)")
	}
	if len(list) == 0 {
		return nil, nil
	}
	entry, ok := list[0].(object)
	named, isList := entry[cognito].([]any)
	if !ok || len(list) != 1 || len(entry) != 1 || !isList {
		return nil, fmt.Errorf("security must be [] or one scheme, %s", cognito)
	}
	if !scopes {
		named = []any{}
	}
	return []any{object{cognito: named}}, nil
}

// parameters merges the lists of parameters, with references resolved and types reduced to string.
func (d document) parameters(lists ...any) []any {
	var all []any
	for _, list := range lists {
		entries, _ := list.([]any)
		for _, p := range entries {
			in, _ := d.resolve(p).(object)
			// API Gateway only checks that a required parameter is present.
			all = append(all, object{
				"name": in["name"], "in": in["in"], "required": in["required"] == true, "schema": object{"type": "string"},
			})
		}
	}
	return all
}

// resolve returns the object that a reference refers to, and any other value unchanged. References cannot dangle: the generator of the
// contract's types has checked them.
func (d document) resolve(value any) any {
	o, ok := value.(object)
	if !ok {
		return value
	}
	ref, ok := o["$ref"].(string)
	if !ok {
		return value
	}
	var at any = d.root
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		next, _ := at.(object)
		at = next[step]
	}
	return d.resolve(at)
}

// schemas returns the schemas that the paths refer to, directly or through other schemas.
func (d document) schemas(paths object) object {
	components, _ := d.root["components"].(object)
	all, _ := components["schemas"].(object)
	out := object{}
	for wanted := references(paths); len(wanted) > 0; {
		name := wanted[0]
		wanted = wanted[1:]
		if _, done := out[name]; !done {
			out[name] = withoutExamples(all[name])
			wanted = append(wanted, references(out[name])...)
		}
	}
	return out
}

// references returns the names of the schemas that the value refers to.
func references(value any) []string {
	const schemas = "#/components/schemas/"
	var found []string
	switch v := value.(type) {
	case object:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if ref, ok := v[key].(string); ok && key == "$ref" {
				found = append(found, strings.TrimPrefix(ref, schemas))
				continue
			}
			found = append(found, references(v[key])...)
		}
	case []any:
		for _, e := range v {
			found = append(found, references(e)...)
		}
	}
	return found
}

// withoutExamples returns a copy of the value without examples, which API Gateway refuses.
func withoutExamples(value any) any {
	switch v := value.(type) {
	case object:
		out := object{}
		for key, e := range v {
			if key != "example" && key != "examples" {
				out[key] = withoutExamples(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withoutExamples(e)
		}
		return out
	}
	return value
}

// text is the value as JSON.
func text(value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		panic("api: " + err.Error()) // values decoded from YAML always encode
	}
	return b
}
