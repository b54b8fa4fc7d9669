// Package contract finds the operations of the REST API's contract, so that the console passes on these and no others.
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
	Query   []string // parameters that it takes
	HasBody bool
}

// Contract has the operations by method and path.
type Contract struct {
	mux *http.ServeMux
}

// value matches the parameters in paths: more than the contract's own patterns, and nothing that changes the path.
var value = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// withheld are operations that the console's pages have no use for. The first hands out another identity, which takes a token that
// browsers do not have.
var withheld = []string{"openRealtime", "getHealth"}

// Read reads the contract.
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

// held makes a handler of an operation, so that http.ServeMux does the matching.
type held struct{ Operation }

func (held) ServeHTTP(http.ResponseWriter, *http.Request) {}

// Match finds the operation of a request. Path is as it came, not decoded: every spelling but the contract's own is refused, as the API
// would read another one otherwise than this does.
func (c *Contract) Match(method, path string) (Operation, bool) {
	if strings.ContainsAny(path, "%\\;") || strings.Contains(path, "//") {
		return Operation{}, false
	}
	r := &http.Request{Method: method, URL: &url.URL{Path: path}, Host: "api"}
	handler, _ := c.mux.Handler(r)
	h, ok := handler.(held)
	if !ok || h.Method != method { // HEAD is asked for where the contract has GET
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

// Keep is the query with the operation's own parameters, each once. It is false if there are others: a misspelt filter would show
// everything.
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
