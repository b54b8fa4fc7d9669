package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"connectedcar/api"
	"connectedcar/internal/httpapi/oapi"
)

// operation is an operation of the contract.
type operation struct {
	id     string
	public bool // for everybody, without a token
	keyed  bool // done once for each Idempotency-Key
	route  *routers.Route
}

// operations are the operations of the contract, by method and path as http.ServeMux writes a pattern. The contract is read when the first request
// needs it: a function that starts only to answer /v1/health does not.
var operations = sync.OnceValue(func() map[string]operation {
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract)
	if err != nil {
		panic(fmt.Sprintf("the contract cannot be read: %v", err)) // a test reads it
	}
	all := map[string]operation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all[method+" "+path] = operation{
				id: op.OperationID, public: op.Security != nil && len(*op.Security) == 0, keyed: op.Parameters.GetByInAndName(openapi3.ParameterInHeader, keyHeader) != nil,
				route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
			}
		}
	}
	return all
})

// operationOf is the operation that the request was routed to.
func operationOf(r *http.Request) (operation, bool) {
	op, ok := operations()[r.Pattern]
	return op, ok
}

// methodsAt are the methods that the contract has for that path.
func methodsAt(path string) []string {
	var methods []string
	for pattern := range operations() {
		method, template, _ := strings.Cut(pattern, " ")
		if fits(template, path) {
			methods = append(methods, method)
		}
	}
	slices.Sort(methods)
	return methods
}

// fits reports whether a path matches the template.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for n := range want {
		if !strings.HasPrefix(want[n], "{") && want[n] != got[n] || got[n] == "" && n > 0 {
			return false
		}
	}
	return true
}

// validate holds a request to the contract. API Gateway does so too, but not on every platform, and its answer names no fields.
func (s *server) validate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op, _ := operationOf(r)
		if err := hold(r, op); err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hold(r *http.Request, op operation) error {
	if op.route.Operation.RequestBody != nil {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return errNotJSON
		}
		if err := oneDocument(body(r)); err != nil {
			return err
		}
	}
	if err := knownParameters(r, op); err != nil {
		return err
	}
	path := map[string]string{}
	for _, p := range append(slices.Clone(op.route.PathItem.Parameters), op.route.Operation.Parameters...) {
		if p.Value.In == openapi3.ParameterInPath {
			path[p.Value.Name] = r.PathValue(p.Value.Name)
		}
	}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: path, Route: op.route,
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true,
			AuthenticationFunc: func(context.Context, *openapi3filter.AuthenticationInput) error { return nil }, // it was settled before
		},
	})
	if err == nil {
		return nil
	}
	return &answered{http.StatusBadRequest, &invalid{fields: wrongFields(err)}}
}

// oneDocument refuses a body with more than a JSON document: what stands after the first would be lost. A body that is none is told
// apart later, with its place.
func oneDocument(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	var first json.RawMessage
	if d.Decode(&first) != nil {
		return nil
	}
	if _, err := d.Token(); errors.Is(err, io.EOF) {
		return nil
	}
	return &answered{http.StatusBadRequest, &invalid{fields: []wrongField{{Field: "body", Detail: "it holds more than one JSON document"}}}}
}

// knownParameters refuses query parameters that the contract does not have: a misspelt filter would show everything.
func knownParameters(r *http.Request, op operation) error {
	var wrong []wrongField
	for name, values := range r.URL.Query() {
		known := slices.ContainsFunc(op.route.Operation.Parameters, func(p *openapi3.ParameterRef) bool {
			return p.Value.In == openapi3.ParameterInQuery && p.Value.Name == name
		})
		switch {
		case !known:
			wrong = append(wrong, wrongField{Field: clip(name), Detail: "there is no such parameter"})
		case len(values) > 1:
			wrong = append(wrong, wrongField{Field: name, Detail: "it is there more than once"})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &answered{http.StatusBadRequest, &invalid{fields: wrong}}
}

// wrongFields describes each fault of a request, by its place. What was sent is not repeated: it may be a secret.
func wrongFields(err error) []wrongField { return wrongAt("body", err) }

// wrongAt are the faults of a part of the request. What a fault is inside of is known on the way down alone.
func wrongAt(field string, err error) []wrongField {
	switch e := err.(type) { // each layer in its turn: errors.As would skip the one that names the parameter
	case openapi3.MultiError:
		var all []wrongField
		for _, inner := range e {
			all = append(all, wrongAt(field, inner)...)
		}
		return all
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			field = e.Parameter.Name
		}
		if e.Err != nil {
			return wrongAt(field, e.Err)
		}
		return []wrongField{{Field: field, Detail: clip(e.Reason)}}
	case *openapi3.SchemaError:
		if field == ifMatchHeader {
			return []wrongField{{Field: field, Detail: errIfMatch.Error()}}
		}
		if at := e.JSONPointer(); len(at) > 0 {
			field = strings.Join(at, ".")
		}
		return []wrongField{{Field: clip(field), Detail: clip(e.Reason)}}
	case *openapi3filter.ParseError:
		if e.Reason != "" {
			return []wrongField{{Field: field, Detail: clip(e.Reason)}}
		}
	}
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		return []wrongField{{Field: field, Detail: "it is required"}}
	}
	return []wrongField{{Field: field, Detail: "it cannot be read"}}
}

// unbound is a parameter that the generated code could not read, which it finds before anything else is looked at.
func unbound(err error) error {
	field := ""
	switch e := err.(type) { // as the generated code makes them
	case *oapi.InvalidParamFormatError:
		field = e.ParamName
	case *oapi.TooManyValuesForParamError:
		field = e.ParamName
	case *oapi.RequiredParamError:
		field = e.ParamName
	case *oapi.RequiredHeaderError:
		field = e.ParamName
	case *oapi.UnmarshalingParamError:
		field = e.ParamName
	case *oapi.UnescapedCookieParamError:
		field = e.ParamName
	default:
		return err
	}
	detail := "it cannot be read, or is there more than once"
	if field == "from" || field == "to" {
		detail = "allowed is one time with its zone, as in 2026-05-04T06:00:00Z"
	}
	return &answered{http.StatusBadRequest, &invalid{fields: []wrongField{{Field: field, Detail: detail}}}}
}

// clip keeps what strangers write short where it is repeated to them.
func clip(s string) string {
	const longest = 300
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
