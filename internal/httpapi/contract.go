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
	public bool // needs no token
	keyed  bool // processed once for each Idempotency-Key
	route  *routers.Route
}

// operations are the operations of the contract, by method and path in the form of http.ServeMux's patterns. The contract is parsed for the
// first request that needs it: a function that starts for a request of /v1/health alone does not parse it.
var operations = sync.OnceValue(func() map[string]operation {
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract)
	if err != nil {
		panic(fmt.Sprintf("the contract cannot be read: %v", err)) // cannot happen: a test parses the embedded contract
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

// operationOf returns the operation to which the request was routed.
func operationOf(r *http.Request) (operation, bool) {
	op, ok := operations()[r.Pattern]
	return op, ok
}

// methodsAt returns the methods that the contract has for a path.
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

// validate checks a request against the contract. API Gateway does so too, but not on every platform, and its response names no fields.
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
			AuthenticationFunc: func(context.Context, *openapi3filter.AuthenticationInput) error { return nil }, // the token was verified before
		},
	})
	if err == nil {
		return nil
	}
	return &answered{http.StatusBadRequest, &invalid{fields: wrongFields(err)}}
}

// oneDocument rejects a body with more than one JSON document: all but the first would be ignored. Invalid JSON is accepted
// here: the validation after it reports that with its position.
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

// knownParameters rejects query parameters that the contract does not have: a misspelt filter would show everything.
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

// wrongFields describes each error in a request, by its position. It does not repeat the values: they may be secret.
func wrongFields(err error) []wrongField { return wrongAt("body", err) }

// wrongAt returns the errors in a part of the request. Only the outer errors know the name of the part, so it is passed down as field.
func wrongAt(field string, err error) []wrongField {
	switch e := err.(type) { // one layer at a time: errors.As would skip the layer that names the parameter
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

// unbound returns the error for a parameter that the generated code could not decode, which happens before the middleware runs.
func unbound(err error) error {
	field := ""
	switch e := err.(type) { // the error types of the generated code
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

// clip shortens a client's text for an error message.
func clip(s string) string {
	const longest = 300
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}
