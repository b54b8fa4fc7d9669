package message

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Decode decodes the car's message into a struct, strictly: see Strict.
func (m Stamped) Decode(into any) error {
	b, err := json.Marshal(m.Fields)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	return Strict(b, into)
}

// DecodeKnown reads the members that the struct has, by their exact names, and ignores others: for AWS's own messages, to which AWS may
// add members.
func (m Stamped) DecodeKnown(into any) error {
	known := members(reflect.TypeOf(into).Elem())
	fields := map[string]json.RawMessage{}
	for name, raw := range m.Fields {
		if _, ok := known[name]; ok {
			fields[name] = raw
		}
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	return json.Unmarshal(b, into)
}

// Strict decodes one JSON object into a struct. Every member must be a field of the struct, with the exact spelling of its tag; the same
// holds for nested structs and lists of structs.
func Strict(b []byte, into any) error {
	if _, err := object(b); err != nil {
		return err
	}
	if err := exact(b, reflect.TypeOf(into).Elem(), ""); err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// exact checks the member names of a value against a type. Values of another type are left to the decoder, which returns the error.
func exact(b []byte, t reflect.Type, at string) error {
	switch {
	case t.Kind() == reflect.Pointer:
		return exact(b, t.Elem(), at)
	case decodesItself(t):
		return nil
	case t.Kind() == reflect.Slice:
		var list []json.RawMessage
		if json.Unmarshal(b, &list) != nil {
			return nil
		}
		for n, raw := range list {
			if err := exact(raw, t.Elem(), fmt.Sprintf("%s[%d]", at, n)); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Struct:
		return exactMembers(b, t, at)
	}
	return nil
}

func exactMembers(b []byte, t reflect.Type, at string) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(b, &fields) != nil {
		return nil
	}
	known := members(t)
	for name, raw := range fields {
		member, ok := known[name]
		if !ok {
			return unknown(path(at, name), memberNames(t))
		}
		if err := exact(raw, member, path(at, name)); err != nil {
			return err
		}
	}
	return nil
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(unmarshaler) || p.Implements(textUnmarshaler) || t == reflect.TypeFor[json.RawMessage]()
}

// members returns the types of a struct's members by their names in JSON.
func members(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for n := range t.NumField() {
		out[nameOf(t.Field(n))] = t.Field(n).Type
	}
	return out
}

// memberNames returns the JSON names of a struct's members, in their order.
func memberNames(t reflect.Type) []string {
	var out []string
	for n := range t.NumField() {
		out = append(out, nameOf(t.Field(n)))
	}
	return out
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func path(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func unknown(name string, known []string) error {
	return Invalid(fmt.Sprintf("unknown field %.64q", name), "there", "one of "+strings.Join(known, ", "))
}
