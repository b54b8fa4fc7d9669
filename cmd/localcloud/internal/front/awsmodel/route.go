package awsmodel

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is the path and the constant query parameters of a REST operation.
type route struct {
	op       *Operation
	segments []string   // a literal, {Name}, or {Name+} for the rest of the path
	query    url.Values // required parameters; an empty value matches any
	// must are required parameters and headers that distinguish this operation from another with the same method and path, such as S3's
	// CopyObject from PutObject.
	must []*Ref
}

func (m *Model) newRoute(op *Operation) route {
	path, query, _ := strings.Cut(op.HTTP.RequestURI, "?")
	values, _ := url.ParseQuery(query) // from the model, which may have a name without a value
	r := route{op: op, segments: split(path), query: values}
	for _, other := range m.Operations {
		if other != op && other.HTTP.Method == op.HTTP.Method && other.HTTP.RequestURI == op.HTTP.RequestURI {
			r.must = m.requiredOutsideBody(op)
		}
	}
	return r
}

func (m *Model) requiredOutsideBody(op *Operation) (refs []*Ref) {
	input := m.Shape(op.Input)
	if input == nil {
		return nil
	}
	for _, name := range input.Required {
		if ref := input.Members[name]; ref.Location == "querystring" || ref.Location == "header" {
			refs = append(refs, ref)
		}
	}
	return refs
}

// split cuts a path into its segments. A trailing slash has no meaning in a model's path, but it is significant in an S3 key.
func split(path string) []string {
	path = strings.TrimPrefix(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// moreSpecific orders routes so that the first match is the right one: by more parameters, then by more literal segments.
func moreSpecific(a, b route) int {
	return cmp.Or(cmp.Compare(len(b.query)+len(b.must), len(a.query)+len(a.must)), cmp.Compare(b.literals(), a.literals()),
		cmp.Compare(a.op.Name, b.op.Name))
}

func (r route) literals() (n int) {
	for _, s := range r.segments {
		if !strings.HasPrefix(s, "{") {
			n++
		}
	}
	return n
}

// asked reports whether the call has the parameters and headers that the route requires.
func (r route) asked(query url.Values, header http.Header) bool {
	for name, want := range r.query {
		got, there := query[name]
		if !there || (want[0] != "" && got[0] != want[0]) {
			return false
		}
	}
	return !slices.ContainsFunc(r.must, func(ref *Ref) bool {
		if ref.Location == "header" {
			return header.Get(ref.LocationName) == ""
		}
		return !query.Has(ref.LocationName)
	})
}

// match returns the path's labels by their name, decoded.
func (r route) match(segments []string) (labels map[string]string, ok bool) {
	labels = map[string]string{}
	for i, s := range r.segments {
		name, label := strings.CutPrefix(s, "{")
		switch {
		case label && strings.HasSuffix(name, "+}"):
			if i >= len(segments) || segments[i] == "" && i == len(segments)-1 {
				return nil, false
			}
			labels[strings.TrimSuffix(name, "+}")] = unescape(strings.Join(segments[i:], "/"))
			return labels, true
		case i >= len(segments):
			return nil, false
		case label:
			labels[strings.TrimSuffix(name, "}")] = unescape(segments[i])
		case s != segments[i]:
			return nil, false
		}
	}
	rest := segments[min(len(r.segments), len(segments)):]
	return labels, len(rest) == 0 || len(rest) == 1 && rest[0] == ""
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// Route finds the operation of a REST call and the labels in its path; nil if there is none. It matches the path before decoding, so that
// an escaped slash is part of a label.
func (m *Model) Route(r *http.Request) (*Operation, map[string]string) {
	segments, query := split(r.URL.EscapedPath()), r.URL.Query()
	for _, route := range m.routes {
		if route.op.HTTP.Method != r.Method || !route.asked(query, r.Header) {
			continue
		}
		if labels, ok := route.match(segments); ok {
			return route.op, labels
		}
	}
	return nil, nil
}
