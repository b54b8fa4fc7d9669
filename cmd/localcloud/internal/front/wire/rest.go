package wire

import (
	"net/http"
	"strings"

	"connectedcar/cmd/localcloud/internal/front/awsmodel"
)

// bindings are the members of a REST call or answer outside its body.
type bindings interface {
	// values returns the strings of a member at its location; none if the member is absent.
	values(location, name string) []string
	headers() http.Header
}

type request struct {
	*http.Request
	labels map[string]string
}

func (r request) headers() http.Header { return r.Header }

func (r request) values(location, name string) []string {
	switch location {
	case "uri":
		if label, ok := r.labels[name]; ok {
			return []string{label}
		}
	case "querystring":
		return r.URL.Query()[name]
	case "header":
		return r.Header.Values(name)
	}
	return nil
}

type response struct{ http.Header }

func (r response) headers() http.Header { return r.Header }

func (r response) values(location, name string) []string {
	if location == "header" {
		return r.Values(name)
	}
	return nil
}

func decodeREST(m *awsmodel.Model, shape *awsmodel.Shape, b bindings, body []byte) (map[string]any, error) {
	out, err := bodyREST(m, shape, body)
	if err != nil {
		return nil, err
	}
	for name, ref := range shape.Members {
		target := m.Shape(ref)
		switch {
		case ref.Location == "headers":
			if found := prefixed(b.headers(), ref.LocationName); len(found) > 0 {
				out[name] = found
			}
		case ref.Location == "querystring" && target.Type == "map":
			// The location querystring on a map: parameters that no other member names. None of the operations that the platform calls has
			// any.
		case ref.Location != "" && ref.Location != "statusCode":
			if values := b.values(ref.Location, wireName(name, ref)); len(values) > 0 {
				out[name] = boundValue(m, target, values)
			}
		}
	}
	return out, nil
}

func boundValue(m *awsmodel.Model, shape *awsmodel.Shape, values []string) any {
	if shape.Type != "list" {
		return scalar(shape, values[0])
	}
	list := []any{}
	for _, v := range values {
		list = append(list, scalar(m.Shape(shape.Member), v))
	}
	return list
}

// prefixed returns the headers that start with the prefix, such as S3's metadata. The prefix is cut off the names.
func prefixed(header http.Header, prefix string) map[string]any {
	found := map[string]any{}
	for name, values := range header {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			found[strings.ToLower(name[len(prefix):])] = values[0]
		}
	}
	return found
}

// bodyREST decodes the members of the body. If one member is the whole body, no other member is in the body.
func bodyREST(m *awsmodel.Model, shape *awsmodel.Shape, body []byte) (map[string]any, error) {
	isXML := m.Metadata.Protocol == "rest-xml"
	if shape.Payload == "" {
		if isXML {
			return bodyXML(m, shape, body)
		}
		return decodeJSONBody(m, shape, body)
	}
	ref := shape.Members[shape.Payload]
	target := m.Shape(ref)
	if target.Type == "blob" || target.Type == "string" {
		if len(body) == 0 {
			return map[string]any{}, nil
		}
		if target.Type == "string" {
			return map[string]any{shape.Payload: string(body)}, nil
		}
		return map[string]any{shape.Payload: body}, nil
	}
	if len(body) == 0 {
		return map[string]any{}, nil
	}
	decode := decodeJSONBody
	if isXML {
		decode = bodyXML
	}
	inner, err := decode(m, target, body)
	if err != nil {
		return nil, err
	}
	return map[string]any{shape.Payload: inner}, nil
}
