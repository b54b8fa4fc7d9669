package wire

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// decodeForm decodes a call in the AWS query protocol: members are parameters, nested with dots, and list elements are numbered from 1.
func decodeForm(m *awsmodel.Model, shape *awsmodel.Shape, body []byte) (map[string]any, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	root := &node{}
	for name, value := range values {
		if name != "Action" && name != "Version" {
			root.at(strings.Split(name, ".")).set(value[0])
		}
	}
	return structureForm(m, shape, root), nil
}

// node is a parameter of a form, or the common prefix of several parameters.
type node struct {
	text     string
	leaf     bool
	children map[string]*node
}

func (n *node) set(text string) { n.text, n.leaf = text, true }

func (n *node) at(path []string) *node {
	for _, name := range path {
		if n.children == nil {
			n.children = map[string]*node{}
		}
		if n.children[name] == nil {
			n.children[name] = &node{}
		}
		n = n.children[name]
	}
	return n
}

// numbered returns the elements 1, 2, 3, ... until one is missing.
func (n *node) numbered() (elements []*node) {
	for i := 1; n.children[strconv.Itoa(i)] != nil; i++ {
		elements = append(elements, n.children[strconv.Itoa(i)])
	}
	return elements
}

func structureForm(m *awsmodel.Model, shape *awsmodel.Shape, n *node) map[string]any {
	out := map[string]any{}
	known := map[string]bool{}
	for name, ref := range shape.Members {
		onWire := wireName(name, ref)
		if m.Shape(ref).Type == "list" && flattened(m, ref) && m.Shape(ref).Member.LocationName != "" {
			onWire = m.Shape(ref).Member.LocationName
		}
		known[onWire] = true
		if child := n.children[onWire]; child != nil {
			out[name] = valueForm(m, ref, child)
		}
	}
	for name, child := range n.children {
		if !known[name] {
			out[name] = child.text
		}
	}
	return out
}

func valueForm(m *awsmodel.Model, ref *awsmodel.Ref, n *node) any {
	shape := m.Shape(ref)
	switch shape.Type {
	case "structure":
		return structureForm(m, shape, n)
	case "list":
		return listForm(m, shape, flattened(m, ref), n)
	case "map":
		return mapForm(m, shape, flattened(m, ref), n)
	}
	return scalar(shape, n.text)
}

func listForm(m *awsmodel.Model, shape *awsmodel.Shape, flat bool, n *node) any {
	if !flat {
		name := shape.Member.LocationName
		if name == "" {
			name = "member"
		}
		if n.children[name] == nil { // an empty list is written as an empty parameter
			return []any{}
		}
		n = n.children[name]
	}
	out := []any{}
	for _, element := range n.numbered() {
		out = append(out, valueForm(m, shape.Member, element))
	}
	return out
}

func mapForm(m *awsmodel.Model, shape *awsmodel.Shape, flat bool, n *node) any {
	if !flat {
		if n.children["entry"] == nil {
			return map[string]any{}
		}
		n = n.children["entry"]
	}
	out := map[string]any{}
	for _, entry := range n.numbered() {
		key, value := entry.children[otherwise(shape.Key.LocationName, "key")], entry.children[otherwise(shape.Value.LocationName, "value")]
		if key != nil && value != nil {
			out[key.text] = valueForm(m, shape.Value, value)
		}
	}
	return out
}

func wireName(name string, ref *awsmodel.Ref) string { return otherwise(ref.LocationName, name) }

func flattened(m *awsmodel.Model, ref *awsmodel.Ref) bool {
	return ref.Flattened || m.Shape(ref).Flattened
}

func otherwise(text, usual string) string {
	if text == "" {
		return usual
	}
	return text
}
