package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/api"
	"connectedcar/console/server/internal/contract"
)

const car = "1ACEV26S0TA000001"

func read(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Read(api.Contract)
	require.NoError(t, err)
	return c
}

func TestTheContractsOwnRequestsPass(t *testing.T) {
	for request, id := range map[string]string{
		"GET /v1/vehicles":                                                "listVehicles",
		"GET /v1/vehicles/" + car + "/state":                              "getState",
		"PATCH /v1/vehicles/" + car + "/shadow/climate":                   "updateShadow",
		"POST /v1/vehicles/" + car + "/diagnostics/P0301.ECM/acknowledge": "acknowledgeDiagnostic",
		"DELETE /v1/me/phone":                                             "removePhone",
	} {
		method, path, _ := strings.Cut(request, " ")
		op, ok := read(t).Match(method, path)
		assert.True(t, ok, request)
		assert.Equal(t, id, op.ID)
	}
}

func TestEverythingElseIsRefused(t *testing.T) {
	c := read(t)
	for name, request := range map[string]string{
		"a path that nobody has":            "GET /v1/secrets",
		"a method that the path lacks":      "DELETE /v1/vehicles",
		"HEAD":                              "HEAD /v1/vehicles",
		"CONNECT":                           "CONNECT /v1/vehicles",
		"the root":                          "GET /",
		"no path":                           "GET ",
		"a slash at the end":                "GET /v1/vehicles/",
		"two slashes":                       "GET /v1//vehicles",
		"a step up":                         "GET /v1/vehicles/../me",
		"a step up in a parameter":          "GET /v1/vehicles/../state",
		"a point":                           "GET /v1/./vehicles",
		"a step up, encoded":                "GET /v1/vehicles/%2e%2e/me",
		"a slash, encoded":                  "GET /v1/vehicles/" + car + "%2fstate",
		"a backslash":                       `GET /v1/vehicles/..\me`,
		"a matrix parameter":                "GET /v1/vehicles;x=y",
		"a null byte":                       "GET /v1/vehicles/a\x00b",
		"a line break":                      "GET /v1/vehicles/a\r\nX: y",
		"another host":                      "GET http://example.com/v1/vehicles",
		"a very long parameter":             "GET /v1/vehicles/" + strings.Repeat("A", 129),
		"an identity for MQTT":              "POST /v1/me/realtime",
		"a parameter that begins with dots": "GET /v1/vehicles/..a/state",
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(request, " ")
			_, ok := c.Match(method, path)
			assert.False(t, ok)
		})
	}
}

func TestQueriesHaveTheOperationsParametersOnce(t *testing.T) {
	op, ok := read(t).Match("GET", "/v1/vehicles/"+car+"/telemetry")
	require.True(t, ok)
	for raw, want := range map[string]string{
		"": "", "limit=5": "limit=5", "signals=Vehicle.Speed&interval=60": "interval=60&signals=Vehicle.Speed", "from=a%26to%3Db": "from=a%26to%3Db",
	} {
		got, ok := op.Keep(raw)
		assert.True(t, ok, raw)
		assert.Equal(t, want, got)
	}
	for _, raw := range []string{"limit=5&limit=6", "status=OPEN", "limit=%zz", "a;b"} {
		_, ok := op.Keep(raw)
		assert.False(t, ok, raw)
	}
}

func FuzzMatchPassesTheContractsCharactersOnly(f *testing.F) {
	c, err := contract.Read(api.Contract)
	require.NoError(f, err)
	for _, path := range []string{"/v1/vehicles", "/v1/vehicles/../me", "/v1/%2e%2e", "/v1/vehicles/" + car + "/trips/x"} {
		f.Add("GET", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		if _, ok := c.Match(method, path); ok {
			assert.Regexp(t, `^/v1(/[A-Za-z0-9][A-Za-z0-9._-]*)+$`, path)
		}
	})
}
