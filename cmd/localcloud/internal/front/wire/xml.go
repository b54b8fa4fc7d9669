package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// element is an element of an XML document without namespaces and attributes.
type element struct {
	name     string
	text     string
	children []*element
}

func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (e *element) all(name string) (found []*element) {
	for _, c := range e.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// parseXML reads a document and returns its root.
func parseXML(body []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	document := &element{}
	stack := []*element{document}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(document.children) > 0 {
			return document.children[0], nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		}
	}
}

func bodyXML(m *awsmodel.Model, shape *awsmodel.Shape, body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, nil
	}
	root, err := parseXML(body)
	if err != nil {
		return nil, err
	}
	return structureXML(m, shape, root), nil
}

func structureXML(m *awsmodel.Model, shape *awsmodel.Shape, e *element) map[string]any {
	out := map[string]any{}
	for name, ref := range shape.Members {
		if ref.Location != "" {
			continue
		}
		found := e.all(wireName(name, ref))
		switch {
		case len(found) == 0:
		case m.Shape(ref).Type == "list" && flattened(m, ref):
			out[name] = listXML(m, m.Shape(ref), found)
		default:
			out[name] = valueXML(m, ref, found)
		}
	}
	return out
}

// valueXML decodes a member; several elements are the entries of a flattened map.
func valueXML(m *awsmodel.Model, ref *awsmodel.Ref, found []*element) any {
	shape := m.Shape(ref)
	switch shape.Type {
	case "structure":
		return structureXML(m, shape, found[0])
	case "list":
		return listXML(m, shape, found[0].all(otherwise(shape.Member.LocationName, "member")))
	case "map":
		entries := found
		if !flattened(m, ref) {
			entries = found[0].all("entry")
		}
		return mapXML(m, shape, entries)
	}
	return scalar(shape, found[0].text)
}

func listXML(m *awsmodel.Model, shape *awsmodel.Shape, elements []*element) []any {
	out := []any{}
	for _, e := range elements {
		out = append(out, valueXML(m, shape.Member, []*element{e}))
	}
	return out
}

func mapXML(m *awsmodel.Model, shape *awsmodel.Shape, entries []*element) map[string]any {
	out := map[string]any{}
	for _, e := range entries {
		key, value := e.child(otherwise(shape.Key.LocationName, "key")), e.child(otherwise(shape.Value.LocationName, "value"))
		if key != nil && value != nil {
			out[key.text] = valueXML(m, shape.Value, []*element{value})
		}
	}
	return out
}
