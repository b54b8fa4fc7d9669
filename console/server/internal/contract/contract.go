// Package contract matches requests with the operations of the REST API's contract, so that the console forwards only those.
package contract

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is an operation of the contract.
type Operation struct {
	ID      string
	Method  string
	Path    string   // with parameters in braces
	Query   []string // names of query parameters
	HasBody bool
}

// Contract holds the operations by method and path.
type Contract struct {
	mux *http.ServeMux
}

// value matches the parameters in paths. It accepts more than the contract's own patterns, but nothing that changes the path.
var value = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// withheld are operations that the console does not forward, because its pages do not use them. The first issues an AWS identity for a
// token that browsers do not hold.
var withheld = []string{"openRealtime", "getHealth"}

// Read parses the contract.
func Read(document []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the API's contract: %w", err)
	}
	c := &Contract{mux: http.NewServeMux()}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(withheld, op.OperationID) {
				continue
			}
			o := Operation{ID: op.OperationID, Method: method, Path: path, HasBody: op.RequestBody != nil}
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				if p.Value.In == openapi3.ParameterInQuery {
					o.Query = append(o.Query, p.Value.Name)
				}
			}
			c.mux.Handle(method+" "+path, held{o})
		}
	}
	return c, nil
}

// held makes an operation an http.Handler, so that http.ServeMux can match paths.
type held struct{ Operation }

func (held) ServeHTTP(http.ResponseWriter, *http.Request) {}

// Match finds the operation of a request. path is the path before decoding. Only the contract's own spelling of a path matches, because the
// API could decode another spelling differently.
func (c *Contract) Match(method, path string) (Operation, bool) {
	if strings.ContainsAny(path, "%\\;") || strings.Contains(path, "//") {
		return Operation{}, false
	}
	r := &http.Request{Method: method, URL: &url.URL{Path: path}, Host: "api"}
	handler, _ := c.mux.Handler(r)
	h, ok := handler.(held)
	if !ok || h.Method != method { // http.ServeMux also matches HEAD for GET patterns
		return Operation{}, false
	}
	want, got := strings.Split(h.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return Operation{}, false
	}
	for n := range want {
		if want[n] == got[n] {
			continue
		}
		if !strings.HasPrefix(want[n], "{") || !value.MatchString(got[n]) {
			return Operation{}, false
		}
	}
	return h.Operation, true
}

// Keep returns the query with only the operation's own parameters, each once. It returns false if there are others, because a misspelt
// filter would return everything.
func (o Operation) Keep(raw string) (string, bool) {
	if raw == "" {
		return "", true
	}
	q, err := url.ParseQuery(raw)
	if err != nil {
		return "", false
	}
	for name, values := range q {
		if !slices.Contains(o.Query, name) || len(values) != 1 {
			return "", false
		}
	}
	return q.Encode(), true
}
