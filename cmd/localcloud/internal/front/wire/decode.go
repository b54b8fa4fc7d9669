// Package wire reads and writes calls to AWS in the protocols of its services: AWS JSON, AWS query, REST-JSON and REST-XML.
// https://smithy.io/2.0/aws/protocols/index.html
package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// Decoded values have these types, by their shape: map[string]any for structures and maps, []any for lists, string, bool, json.Number, and
// []byte for blobs. A timestamp keeps its form on the wire. A value whose type does not fit its shape is left unchanged.

// ErrSyntax is returned for a body that is not in the service's protocol.
var ErrSyntax = errors.New("the body is not in the protocol of the service")

// DecodeInput returns the members of a call by the model's names. labels are the path labels of a REST call.
func DecodeInput(m *awsmodel.Model, op *awsmodel.Operation, r *http.Request, labels map[string]string, body []byte) (map[string]any, error) {
	shape := m.Shape(op.Input)
	if shape == nil {
		return map[string]any{}, nil
	}
	switch m.Metadata.Protocol {
	case "json":
		return decodeJSONBody(m, shape, body)
	case "query":
		return decodeForm(m, shape, body)
	default:
		return decodeREST(m, shape, request{r, labels}, body)
	}
}

// DecodeOutput returns the members of a successful answer by the model's names.
func DecodeOutput(m *awsmodel.Model, op *awsmodel.Operation, header http.Header, body []byte) (map[string]any, error) {
	shape := m.Shape(op.Output)
	if shape == nil {
		return map[string]any{}, nil
	}
	switch m.Metadata.Protocol {
	case "json":
		return decodeJSONBody(m, shape, body)
	case "query":
		root, err := parseXML(body)
		if err != nil {
			return nil, err
		}
		if result := root.child(op.Name + "Result"); result != nil {
			root = result
		}
		return structureXML(m, shape, root), nil
	default:
		return decodeREST(m, shape, response{header}, body)
	}
}

func decodeJSONBody(m *awsmodel.Model, shape *awsmodel.Shape, body []byte) (map[string]any, error) {
	members := map[string]any{}
	if len(bytes.TrimSpace(body)) == 0 {
		return members, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	typed, ok := typeJSON(m, shape, value).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it is no JSON object", ErrSyntax)
	}
	return typed, nil
}

// typeJSON renames members to the model's names and decodes blobs. Members that are null are left out, as AWS ignores them.
func typeJSON(m *awsmodel.Model, shape *awsmodel.Shape, value any) any {
	switch v := value.(type) {
	case map[string]any:
		switch shape.Type {
		case "map":
			for key, element := range v {
				v[key] = typeJSON(m, m.Shape(shape.Value), element)
			}
		case "structure":
			return typeMembers(m, shape, v)
		}
	case []any:
		if shape.Type == "list" {
			for i := range v {
				v[i] = typeJSON(m, m.Shape(shape.Member), v[i])
			}
		}
	case string:
		if shape.Type == "blob" {
			if b, err := base64.StdEncoding.DecodeString(v); err == nil {
				return b
			}
		}
	}
	return value
}

func typeMembers(m *awsmodel.Model, shape *awsmodel.Shape, in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for name, value := range in {
		if value != nil {
			out[name] = value
		}
	}
	for name, ref := range shape.Members {
		onWire := name
		if ref.LocationName != "" {
			onWire = ref.LocationName
		}
		value, there := out[onWire]
		if !there || ref.Location != "" {
			continue
		}
		delete(out, onWire)
		out[name] = typeJSON(m, m.Shape(ref), value)
	}
	return out
}

// scalar parses a value that arrived as text: in a form, in XML, in a header or in a path.
func scalar(shape *awsmodel.Shape, text string) any {
	switch shape.Type {
	case "integer", "long", "float", "double":
		return json.Number(strings.TrimSpace(text))
	case "boolean":
		switch strings.TrimSpace(text) {
		case "true":
			return true
		case "false":
			return false
		}
	case "blob":
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return b
		}
	}
	return text
}
