package rules

import (
	"encoding/json"
	"maps"
	"strings"
	"unicode"
)

// members are the members of a structure, decoded as package wire describes.
type members map[string]any

func (m members) text(name string) string {
	text, _ := m[name].(string)
	return text
}

func (m members) list(name string) []any {
	list, _ := m[name].([]any)
	return list
}

func (m members) in(name string) members { return asMembers(m[name]) }

// number returns a numeric member, and 0 if it is absent; use there to distinguish an absent member from 0.
func (m members) number(name string) float64 {
	switch v := m[name].(type) {
	case json.Number:
		n, _ := v.Float64()
		return n
	case string:
		n, _ := json.Number(v).Float64()
		return n
	}
	return 0
}

func (m members) has(name string) bool { return m[name] != nil }

// bytes is the length in bytes of a blob or of a string in UTF-8.
func (m members) bytes(name string) int {
	switch v := m[name].(type) {
	case []byte:
		return len(v)
	case string:
		return len(v)
	}
	return 0
}

// elements returns the structures of a list member.
func (m members) elements(name string) []members {
	var out []members
	for _, e := range m.list(name) {
		out = append(out, asMembers(e))
	}
	return out
}

func asMembers(value any) members {
	switch v := value.(type) {
	case map[string]any:
		return v
	case members:
		return v
	}
	return members{}
}

func with(input map[string]any, name string, value any) map[string]any {
	out := maps.Clone(input)
	if out == nil {
		out = map[string]any{}
	}
	out[name] = value
	return out
}

// withoutSpace removes white space from a policy: AWS does not count it towards the size limit.
func withoutSpace(policy string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, policy)
}

// nameOf is the last part of an ARN; a plain name is returned unchanged.
func nameOf(arn string) string {
	_, name, found := strings.Cut(arn, "/")
	if !strings.HasPrefix(arn, "arn:") || !found {
		return arn
	}
	return name
}

// repeated returns the first value that occurs twice; ok is false if there is none.
func repeated[K comparable](values []K) (K, bool) {
	seen := map[K]bool{}
	for _, v := range values {
		if seen[v] {
			return v, true
		}
		seen[v] = true
	}
	var none K
	return none, false
}

// depth counts the nested levels of objects and arrays: 1 for {} and 0 for a scalar.
func depth(value any) int {
	deepest := 0
	switch v := value.(type) {
	case map[string]any:
		for _, element := range v {
			deepest = max(deepest, depth(element))
		}
	case []any:
		for _, element := range v {
			deepest = max(deepest, depth(element))
		}
	default:
		return 0
	}
	return deepest + 1
}
