package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

// The users of the matrix. The car has an owner, a present and a former borrower, a dealer and a manufacturer. roleless has the owner's
// user id and no role, nobodysDealer a role and no dealership.
const everybody = "owner friend formerFriend stranger roleless dealer otherDealer nobodysDealer maker otherMaker operator"

// related are the users with a relation to the car. For all others every path of the car returns 404.
const related = "owner friend dealer maker operator"

// matrix lists the users who may call each operation, written by hand: contract, handler and policies are tested against it. An empty body
// stands for the contract's example.
var matrix = []struct {
	operation, method, path, body, who string
}{
	{"listVehicles", "GET", "/v1/vehicles", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"allowVehicle", "POST", "/v1/vehicles", "", "maker otherMaker operator"},
	{"allowVehicle", "POST", "/v1/vehicles", `{"vin":"1ACEV26S0TA000001","manufacturerId":"acme"}`, "maker operator"},
	{"getVehicle", "GET", "/v1/vehicles/{vin}", "", "owner friend dealer maker operator"},
	{"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"nickname":"blue van"}`, "owner"},
	{"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"placardPressureKPa":250}`, "dealer maker operator"},
	{"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"dealerId":"berlin"}`, "maker operator"},
	{"updateVehicle", "PATCH", "/v1/vehicles/{vin}", `{"dealerId":"berlin","nickname":"mine"}`, ""},
	{"issueClaimCode", "POST", "/v1/vehicles/{vin}/claim-code", "", "owner"},
	{"claimVehicle", "POST", "/v1/claims", "", "owner friend formerFriend stranger"},
	{"releaseVehicle", "DELETE", "/v1/vehicles/{vin}/owner", "", "owner"},
	{"endOwnership", "POST", "/v1/vehicles/{vin}/owner/end", "", "maker operator"},
	{"listGrants", "GET", "/v1/vehicles/{vin}/grants", "", "owner operator"},
	{"grantVehicle", "POST", "/v1/vehicles/{vin}/grants", "", "owner"},
	{"revokeGrant", "DELETE", "/v1/vehicles/{vin}/grants/friend", "", "owner"},
	{"getLocationConsent", "GET", "/v1/vehicles/{vin}/consent/location", "", "owner friend dealer operator"},
	{"setLocationConsent", "PUT", "/v1/vehicles/{vin}/consent/location", "", "owner"},
	{"withdrawLocationConsent", "DELETE", "/v1/vehicles/{vin}/consent/location", "", "owner"},
	{"getState", "GET", "/v1/vehicles/{vin}/state", "", "owner friend dealer maker operator"},
	{"getTelemetry", "GET", "/v1/vehicles/{vin}/telemetry?signals=Vehicle.Speed&interval=60", "", "owner friend dealer maker operator"},
	{"getLocation", "GET", "/v1/vehicles/{vin}/location", "", "owner friend"},
	{"listTrips", "GET", "/v1/vehicles/{vin}/trips", "", "owner friend"},
	{"getTrip", "GET", "/v1/vehicles/{vin}/trips/{ulid}", "", "owner friend"},
	{"listDiagnostics", "GET", "/v1/vehicles/{vin}/diagnostics?status=OPEN", "", "owner friend dealer maker operator"},
	{"acknowledgeDiagnostic", "POST", "/v1/vehicles/{vin}/diagnostics/P0301.ECM/acknowledge", "", "owner friend dealer"},
	{"clearDiagnostic", "POST", "/v1/vehicles/{vin}/diagnostics/P0301.ECM/clear", "", "dealer"},
	{"listHealthReports", "GET", "/v1/vehicles/{vin}/healthreports", "", "owner friend dealer maker operator"},
	{"requestHealthReport", "POST", "/v1/vehicles/{vin}/healthreports", "", "owner friend dealer"},
	{"getHealthReport", "GET", "/v1/vehicles/{vin}/healthreports/{ulid}", "", "owner friend dealer maker operator"},
	{"listVehicleAlerts", "GET", "/v1/vehicles/{vin}/alerts", "", "owner friend dealer maker operator"},
	{"acknowledgeAlert", "POST", "/v1/vehicles/{vin}/alerts/{ulid}/acknowledge", "", "owner friend dealer maker operator"},
	{"resolveAlert", "POST", "/v1/vehicles/{vin}/alerts/{ulid}/resolve", "", "owner dealer maker operator"},
	{"dismissAlert", "POST", "/v1/vehicles/{vin}/alerts/{ulid}/dismiss", "", "owner dealer maker operator"},
	{"listDismissals", "GET", "/v1/vehicles/{vin}/dismissals", "", "owner friend dealer maker operator"},
	{"withdrawDismissal", "DELETE", "/v1/vehicles/{vin}/dismissals/{ulid}", "", "owner dealer maker operator"},
	{"listAlerts", "GET", "/v1/alerts", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"getShadow", "GET", "/v1/vehicles/{vin}/shadow/climate", "", "owner friend dealer operator"},
	{"getShadow", "GET", "/v1/vehicles/{vin}/shadow/config", "", "owner dealer maker operator"},
	{"getShadow", "GET", "/v1/vehicles/{vin}/shadow/state", "", "owner friend operator"},
	{"updateShadow", "PATCH", "/v1/vehicles/{vin}/shadow/climate", "", "owner friend"},
	{"updateShadow", "PATCH", "/v1/vehicles/{vin}/shadow/config", `{"desired":{"batchSize":2}}`, "owner maker"},
	{"updateShadow", "PATCH", "/v1/vehicles/{vin}/shadow/state", `{"desired":{"locked":true}}`, ""},
	{"listCommands", "GET", "/v1/vehicles/{vin}/commands", "", "owner friend dealer operator"},
	{"getCommand", "GET", "/v1/vehicles/{vin}/commands/{ulid}", "", "owner friend dealer operator"},
	{"sendCommand", "POST", "/v1/vehicles/{vin}/commands", "", "owner friend"},
	{"sendCommand", "POST", "/v1/vehicles/{vin}/commands", `{"kind":"diagnose"}`, "owner friend dealer"},
	{"listCertificates", "GET", "/v1/vehicles/{vin}/certificates", "", "maker operator"},
	{"revokeCertificate", "POST", "/v1/vehicles/{vin}/certificates/{hash}/revoke", "", "maker operator"},
	{"getWorklist", "GET", "/v1/dealer/worklist", "", "dealer otherDealer"},
	{"getFleetSummary", "GET", "/v1/fleet/summary", "", "dealer otherDealer maker otherMaker operator"},
	{"getTopDiagnostics", "GET", "/v1/fleet/diagnostics/top?limit=5", "", "dealer otherDealer maker otherMaker operator"},
	{"getMe", "GET", "/v1/me", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"getPreferences", "GET", "/v1/me/preferences", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"putPreferences", "PUT", "/v1/me/preferences", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"addPhone", "POST", "/v1/me/phone", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"removePhone", "DELETE", "/v1/me/phone", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"verifyPhone", "POST", "/v1/me/phone/verify", "", "owner friend formerFriend stranger dealer otherDealer nobodysDealer maker otherMaker operator"},
	{"openRealtime", "POST", "/v1/me/realtime", `{"idToken":"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}`, "owner friend formerFriend stranger"},
}

// gate is the API with operations that do nothing, to test access alone.
type gate struct {
	t       testing.TB
	pool    *pool
	store   *memory.Ownership
	log     *bytes.Buffer
	handler http.Handler
	doc     *openapi3.T
}

func newGate(t testing.TB, change ...func(*vehicle.Vehicle)) *gate {
	t.Helper()
	g := &gate{t: t, pool: newPool(t), store: &memory.Ownership{}, log: &bytes.Buffer{}}
	g.doc = g.pool.contract
	v := vehicle.Vehicle{VIN: theCar, Manufacturer: "acme", DealerID: "munich", OwnerID: "owner", OwnedSince: at.Add(-time.Hour), Status: vehicle.Registered}
	require.NoError(t, g.store.PutVehicle(t.Context(), v))
	for user, until := range map[string]time.Time{"friend": at.Add(time.Hour), "formerFriend": at} {
		require.NoError(t, g.store.PutGrant(t.Context(), ownership.Grant{VIN: theCar, UserID: user, GrantedBy: "owner", GrantedAt: at.Add(-time.Hour), Until: until}))
	}
	for _, c := range change {
		c(&v)
	}
	require.NoError(t, g.store.PutVehicle(t.Context(), v))
	authorizer, err := authz.New()
	require.NoError(t, err)
	now := func() time.Time { return at }
	g.handler = httpapi.New(httpapi.Config{
		Tokens: g.pool.verifier(), Access: authorizer, Cars: g.store, Once: &idempotency.Service{Store: &memory.Onces{}, Now: now}, Operations: letIn{},
		Log: slog.New(slog.NewJSONHandler(g.log, nil)), Metrics: io.Discard, Now: now, Function: "api",
	})
	return g
}

// request returns the row's request with a token.
func (g *gate) request(operation, method, path, body, token string) *http.Request {
	g.t.Helper()
	path = strings.NewReplacer("{vin}", string(theCar), "{ulid}", "01JD0W2V6X9Q1Z3A5B7C9D1E3F", "{hash}", strings.Repeat("0a", 32)).Replace(path)
	if op := g.operation(operation); body == "" && op.RequestBody != nil {
		example, err := json.Marshal(op.RequestBody.Value.Content["application/json"].Example)
		require.NoError(g.t, err)
		body = string(example)
	}
	r := httptest.NewRequestWithContext(g.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r
}

func (g *gate) operation(id string) *openapi3.Operation {
	for _, item := range g.doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.OperationID == id {
				return op
			}
		}
	}
	g.t.Fatalf("the contract has no operation %s", id)
	return nil
}

func (g *gate) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		assert.Equal(g.t, "application/problem+json", w.Header().Get("Content-Type"))
		var p struct {
			Type, Title, Instance string
			Status                int
		}
		assert.NoError(g.t, json.Unmarshal(w.Body.Bytes(), &p), w.Body.String())
		assert.Equal(g.t, w.Code, p.Status)
		assert.NotEmpty(g.t, p.Type)
		assert.NotEmpty(g.t, p.Title)
		assert.NotEmpty(g.t, p.Instance)
	}
	return w
}

// wanted returns the expected status for a user: 200 if permitted, 404 if the user has no relation to the car, else 403.
func wanted(path, who, name string) int {
	switch {
	case slices.Contains(strings.Fields(who), name):
		return http.StatusOK
	case strings.Contains(path, "{vin}") && !slices.Contains(strings.Fields(related), name):
		return http.StatusNotFound
	}
	return http.StatusForbidden
}

func TestWhoMayDoWhat(t *testing.T) {
	g := newGate(t)
	for _, row := range matrix {
		t.Run(row.operation+" "+row.body+strings.TrimPrefix(row.path, "/v1/vehicles/{vin}"), func(t *testing.T) {
			for _, name := range strings.Fields(everybody) {
				w := g.serve(g.request(row.operation, row.method, row.path, row.body, g.pool.token(name)))
				assert.Equal(t, wanted(row.path, row.who, name), w.Code, "%s: %s", name, w.Body)
			}
		})
	}
}

func TestNobodyDoesAnythingWithoutATokenThatCounts(t *testing.T) {
	g := newGate(t)
	bad := g.pool.bad()
	for _, row := range matrix {
		for why, token := range bad {
			w := g.serve(g.request(row.operation, row.method, row.path, row.body, token))
			assert.Equal(t, http.StatusUnauthorized, w.Code, "%s: %s", row.operation, why)
			assert.Contains(t, w.Header().Get("WWW-Authenticate"), "Bearer")
			if token != "" {
				assert.NotContains(t, w.Body.String(), token)
				assert.NotContains(t, g.log.String(), token)
			}
		}
	}
	w := g.serve(g.request("getHealth", "GET", "/v1/health", "", ""))
	assert.Equal(t, http.StatusOK, w.Code, "whether it answers is for everybody")
}

func TestATokenThatMaySeeDoesNotChange(t *testing.T) {
	g := newGate(t)
	for _, row := range matrix {
		for _, name := range strings.Fields(row.who) {
			reads := g.serve(g.request(row.operation, row.method, row.path, row.body, g.pool.token(name, "connectedcar/read"))).Code
			none := g.serve(g.request(row.operation, row.method, row.path, row.body, g.pool.token(name, "openid"))).Code
			if row.method == http.MethodGet {
				assert.Equal(t, http.StatusOK, reads, "%s of %s", row.operation, name)
			} else {
				assert.Equal(t, http.StatusForbidden, reads, "%s of %s", row.operation, name)
			}
			assert.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, none, "%s of %s", row.operation, name)
		}
	}
}

func TestWhoSeesWhereTheCarIsWhileTheOwnerLetsThem(t *testing.T) {
	for name, tc := range map[string]struct {
		consent      vehicle.Consent
		place, trips string // beside owner and friend
	}{
		"the dealer while it is so":       {vehicle.Consent{DealerID: "munich", DealerUntil: at.Add(time.Millisecond)}, "dealer", ""},
		"operators while it is so":        {vehicle.Consent{OperatorsUntil: at.Add(time.Millisecond)}, "operator", "operator"},
		"nobody from its end on":          {vehicle.Consent{DealerID: "munich", DealerUntil: at, OperatorsUntil: at}, "", ""},
		"no dealer that it was not for":   {vehicle.Consent{DealerID: "berlin", DealerUntil: at.Add(time.Hour)}, "", ""},
		"no dealer from before it had it": {vehicle.Consent{DealerUntil: at.Add(time.Hour)}, "", ""},
		"without it, nobody":              {},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, func(v *vehicle.Vehicle) { v.Consent = tc.consent })
			for _, person := range strings.Fields(everybody) {
				const path = "/v1/vehicles/{vin}/location"
				w := g.serve(g.request("getLocation", "GET", path, "", g.pool.token(person)))
				assert.Equal(t, wanted(path, "owner friend "+tc.place, person), w.Code, person)
				const trips = "/v1/vehicles/{vin}/trips"
				w = g.serve(g.request("listTrips", "GET", trips, "", g.pool.token(person)))
				assert.Equal(t, wanted(trips, "owner friend "+tc.trips, person), w.Code, person)
			}
		})
	}
}

func TestACarWithoutAnOwnerIsHandedOverByItsDealer(t *testing.T) {
	g := newGate(t, func(v *vehicle.Vehicle) { v.OwnerID, v.OwnedSince = "", time.Time{} })
	for _, person := range strings.Fields(everybody) {
		want := http.StatusNotFound // without an owner, the owner's grants are invalid
		switch person {
		case "dealer", "operator":
			want = http.StatusOK
		case "maker":
			want = http.StatusForbidden
		}
		w := g.serve(g.request("issueClaimCode", "POST", "/v1/vehicles/{vin}/claim-code", "", g.pool.token(person)))
		assert.Equal(t, want, w.Code, person)
	}
}

func TestALoanEndsWithTheOwnershipOfWhoLent(t *testing.T) {
	g := newGate(t, func(v *vehicle.Vehicle) { v.OwnerID = "stranger" })
	for person, want := range map[string]int{"owner": 404, "friend": 404, "formerFriend": 404, "stranger": 200} {
		w := g.serve(g.request("getVehicle", "GET", "/v1/vehicles/{vin}", "", g.pool.token(person)))
		assert.Equal(t, want, w.Code, person)
	}
}

func TestACarThatNobodyBuiltAndAnothersCarLookTheSame(t *testing.T) {
	g := newGate(t)
	answer := func(v vin.VIN) map[string]any {
		r := g.request("getVehicle", "GET", "/v1/vehicles/"+string(v), "", g.pool.token("stranger"))
		w := g.serve(r)
		assert.Equal(t, http.StatusNotFound, w.Code)
		var body map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
		delete(body, "instance")
		return body
	}
	assert.Equal(t, answer("WVWZZZ1JZXW000009"), answer(theCar))
}
