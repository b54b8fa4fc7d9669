package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/names"
)

// scopes returns the OAuth scopes that the contract requires for an operation.
func scopes(doc *openapi3.T, op *openapi3.Operation) (all []string) {
	demands := doc.Security
	if op.Security != nil {
		demands = *op.Security
	}
	for _, d := range demands {
		all = append(all, d["cognito"]...)
	}
	return all
}

func TestContractMatrixAndPoliciesHaveTheSameOperations(t *testing.T) {
	g := newGate(t)
	tried := map[string]bool{"getHealth": true}
	for _, row := range matrix {
		tried[row.operation] = true
	}
	authorizer, err := authz.New()
	require.NoError(t, err)
	require.NoError(t, g.doc.Validate(t.Context()))
	for path, item := range g.doc.Paths.Map() {
		for method, op := range item.Operations() {
			id := op.OperationID
			assert.True(t, tried[id], "%s is in the contract: who may? The matrix says nothing", id)
			delete(tried, id)
			if id == "getHealth" {
				assert.Empty(t, scopes(g.doc, op), "it is for everybody")
				continue
			}
			want := names.ScopeWrite
			if method == http.MethodGet {
				want = names.ScopeRead
			}
			assert.Equal(t, []string{want}, scopes(g.doc, op), id)
			assert.True(t, strings.HasPrefix(path, "/v1/"), path)
			assert.True(t, known(authorizer, id), "%s is no action of the policies", id)
		}
	}
	assert.Empty(t, tried, "these are not in the contract")
}

// known reports whether the policies permit the action to a principal with every role, on a car of their own.
func known(a *authz.Authorizer, action string) bool {
	all := authz.Principal{ID: "u", Roles: authz.Roles(), Manufacturer: "m", Dealer: "d"}
	theirs := &authz.Vehicle{VIN: string(theCar), Owner: "u", Manufacturer: "m", Dealer: "d"}
	extra := authz.Extra{Shadow: "climate", Command: "diagnose", Fields: []string{"nickname"}}
	return a.Allow(all, action, theirs, extra, at) || a.Allow(all, action, nil, extra, at)
}

func TestEveryRowOfTheMatrixIsWhatTheContractSays(t *testing.T) {
	g := newGate(t)
	for _, row := range matrix {
		op := g.operation(row.operation)
		for path, item := range g.doc.Paths.Map() {
			if item.GetOperation(row.method) == op {
				at, _, _ := strings.Cut(row.path, "?")
				assert.Len(t, strings.Split(at, "/"), len(strings.Split(path, "/")), "%s is at %s", row.operation, path)
			}
		}
		assert.NotNil(t, op.Responses.Value("401"), "%s may be refused for its token", row.operation)
		assert.NotNil(t, op.Responses.Value("403"), "%s may be forbidden", row.operation)
		assert.NotNil(t, op.Responses.Value("500"), row.operation)
	}
}

func TestWhatTheContractLacksIsNotThere(t *testing.T) {
	g := newGate(t)
	for name, tc := range map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"another path":                  {"GET", "/v1/everything", 404, ""},
		"the root":                      {"GET", "/", 404, ""},
		"a path without its version":    {"GET", "/vehicles", 404, ""},
		"another method":                {"PUT", "/v1/vehicles", 405, "GET, POST"},
		"another method of a car":       {"DELETE", "/v1/vehicles/{vin}", 405, "GET, PATCH"},
		"a path that is not clean":      {"GET", "/v1//vehicles", 404, ""},
		"a way around":                  {"GET", "/v1/me/../vehicles/{vin}", 404, ""},
		"a VIN that holds another path": {"GET", "/v1/vehicles/..%2Fme", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.request("getVehicle", tc.method, tc.path, "", g.pool.token("owner"))
			w := g.serve(r)
			assert.Equal(t, tc.status, w.Code, w.Body.String())
			assert.Equal(t, tc.allow, w.Header().Get("Allow"))
		})
	}
}

func TestRequestsThatBreakTheContract(t *testing.T) {
	g := newGate(t)
	long := strings.Repeat("a", 70<<10)
	for name, tc := range map[string]struct {
		operation, method, path, body string
		header                        http.Header
		status                        int
		field                         string
	}{
		"a VIN too short":                    {"getVehicle", "GET", "/v1/vehicles/WVW", "", nil, 400, "vin"},
		"a limit too high":                   {"listVehicles", "GET", "/v1/vehicles?limit=101", "", nil, 400, "limit"},
		"a limit in words":                   {"listVehicles", "GET", "/v1/vehicles?limit=many", "", nil, 400, "limit"},
		"a parameter that is not there":      {"listDiagnostics", "GET", "/v1/vehicles/{vin}/diagnostics?state=OPEN", "", nil, 400, "state"},
		"a parameter given twice":            {"listVehicles", "GET", "/v1/vehicles?limit=1&limit=2", "", nil, 400, "limit"},
		"a status that is none":              {"listDiagnostics", "GET", "/v1/vehicles/{vin}/diagnostics?status=open", "", nil, 400, "status"},
		"a shadow that cars do not have":     {"getShadow", "GET", "/v1/vehicles/{vin}/shadow/doors", "", nil, 400, "name"},
		"an id that is no ULID":              {"getTrip", "GET", "/v1/vehicles/{vin}/trips/1", "", nil, 400, "tripId"},
		"a field that is not there":          {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x","ownerId":"me"}`, nil, 400, "body"},
		"no field at all":                    {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{}`, nil, 400, "body"},
		"a field of another type":            {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":5}`, nil, 400, "nickname"},
		"a field that is missing":            {"claimVehicle", "POST", "/v1/claims", `{"vin":"1ACEV26S0TA000001"}`, nil, 400, ""},
		"no JSON":                            {"claimVehicle", "POST", "/v1/claims", `{"vin"`, nil, 400, ""},
		"a body of another kind":             {"claimVehicle", "POST", "/v1/claims", `a=b`, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 415, ""},
		"a body too long":                    {"claimVehicle", "POST", "/v1/claims", `{"vin":"` + long + `"}`, nil, 413, ""},
		"an If-Match that is no ETag":        {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x"}`, http.Header{"If-Match": {"7"}}, 400, "If-Match"},
		"a weak ETag":                        {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x"}`, http.Header{"If-Match": {`W/"7"`}}, 400, "If-Match"},
		"a second document":                  {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x"}{"nickname":"y"}`, nil, 400, "body"},
		"something after the document":       {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x"} x`, nil, 400, "body"},
		"a compressed body":                  {"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"x"}`, http.Header{"Content-Encoding": {"gzip"}}, 415, ""},
		"a time without a zone":              {"getTelemetry", "GET", "/v1/vehicles/{vin}/telemetry?from=2026-05-04T06:00:00", "", nil, 400, "from"},
		"a key with spaces":                  {"claimVehicle", "POST", "/v1/claims", "", http.Header{"Idempotency-Key": {"a b"}}, 400, "Idempotency-Key"},
		"a page that no list gave":           {"listVehicles", "GET", "/v1/vehicles?nextToken=eyJ2aW4iOiJ4In0", "", nil, 400, ""},
		"a page with characters of no token": {"listVehicles", "GET", "/v1/vehicles?nextToken=a%2Fb", "", nil, 400, "nextToken"},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.request(tc.operation, tc.method, tc.path, tc.body, g.pool.token("owner"))
			for k, v := range tc.header {
				r.Header[k] = v
			}
			w := g.serve(r)
			require.Equal(t, tc.status, w.Code, w.Body.String())
			var p struct {
				Detail string
				Errors []struct{ Field, Detail string }
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
			assert.NotEmpty(t, p.Detail)
			assert.Less(t, len(p.Detail), 2000)
			if tc.field != "" {
				assert.True(t, slices.ContainsFunc(p.Errors, func(e struct{ Field, Detail string }) bool { return strings.Contains(e.Field, tc.field) }), "%+v", p)
			}
		})
	}
}
