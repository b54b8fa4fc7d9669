package httpapi_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/paging"
	"connectedcar/internal/vin"
)

var pageOfOne = paging.Request{Limit: 1}

// success returns the contract's status for a successful call of an operation.
func success(op *openapi3.Operation) int {
	for status := range op.Responses.Map() {
		if n, err := strconv.Atoi(status); err == nil && n < http.StatusMultipleChoices {
			return n
		}
	}
	return 0
}

// prepared returns the request of a row for a user, with the codes, versions and ids that it needs at present.
func prepared(w *whole, name, operation, path, body string) (string, string, []string) {
	path = strings.NewReplacer("{vin}", string(theCar), "{hash}", ofTheCar).Replace(path)
	var headers []string
	switch operation {
	case "dismissAlert":
		path = strings.Replace(path, "{ulid}", w.anAnomaly(), 1)
	case "acknowledgeAlert", "resolveAlert":
		path = strings.Replace(path, "{ulid}", w.anAlert(), 1)
	case "updateVehicle":
		headers = []string{"If-Match", `"0"`}
	case "putPreferences":
		headers = []string{"If-Match", w.ask(name, "GET", "/v1/me/preferences", "").Header().Get("ETag")}
	case "claimVehicle":
		const free vin.VIN = "WVWZZZ1JZXW000002"
		require.NoError(w.t, w.cars.PutVehicle(w.t.Context(), vehicle.Vehicle{VIN: free, Manufacturer: "acme", Status: vehicle.Allowed, CreatedAt: at}))
		code, _, err := w.keeper.IssueCode(w.t.Context(), free, "a dealer")
		require.NoError(w.t, err)
		body = `{"vin":"` + string(free) + `","code":"` + code + `"}`
	case "verifyPhone":
		w.read(w.ask(name, "POST", "/v1/me/phone", `{"number":"+4915112345678"}`), http.StatusAccepted)
		body = `{"code":"` + regexp.MustCompile(`\d{6}`).FindString(w.texts["+4915112345678"]) + `"}`
	case "openRealtime":
		body = `{"idToken":"the ID token of ` + name + `"}`
	}
	return strings.ReplaceAll(path, "{ulid}", anID), body, headers
}

func TestWhoMayDoWhatDoesIt(t *testing.T) {
	p := newPool(t)
	for _, row := range matrix {
		for name := range strings.FieldsSeq(row.who) {
			t.Run(row.operation+" of "+name+" "+row.body, func(t *testing.T) {
				w := newWhole(t, p)
				g := &gate{t: t, doc: w.doc}
				op := g.operation(row.operation)
				body := row.body
				if body == "" && op.RequestBody != nil {
					example, err := json.Marshal(op.RequestBody.Value.Content["application/json"].Example)
					require.NoError(t, err)
					body = string(example)
				}
				if row.operation == "allowVehicle" && name == "operator" && row.body == "" {
					out := w.ask(name, row.method, row.path, body)
					assert.Contains(t, w.read(out, http.StatusBadRequest)["detail"], "manufacturerId", "an operator builds no cars")
					return
				}
				path, body, headers := prepared(w, name, row.operation, row.path, body)
				w.read(w.ask(name, row.method, path, body, headers...), success(op))
			})
		}
	}
}

func TestACarChangesHands(t *testing.T) {
	w := newWhole(t, newPool(t))
	const car = "/v1/vehicles/1ACEV26S0TA000001"
	const news = `{"vin":"1ACEV26S0TA000001","make":"Acme","model":"EV2","modelYear":2026,"powertrain":"ELECTRIC","dealerId":"munich","placardPressureKPa":250}`
	first := w.ask("maker", "POST", "/v1/vehicles", news, "Idempotency-Key", "k1")
	assert.Equal(t, "manufacturer", w.read(first, 201)["relation"])
	assert.Equal(t, car, first.Header().Get("Location"))

	code := w.read(w.ask("dealer", "POST", car+"/claim-code", ""), 201)["code"].(string) // the response matches the contract
	w.read(w.ask("stranger", "GET", car, ""), 404)
	w.read(w.ask("stranger", "POST", "/v1/claims", `{"vin":"1ACEV26S0TA000001","code":"00000-00000"}`), 400)
	claim := `{"vin":"1ACEV26S0TA000001","code":"` + strings.ToLower(code) + `"}`
	claimed := w.read(w.ask("stranger", "POST", "/v1/claims", claim), 201)
	assert.Equal(t, "owner", claimed["relation"])
	w.read(w.ask("friend", "POST", "/v1/claims", claim), 400)

	w.read(w.ask("stranger", "POST", car+"/grants", `{"email":"nobody@example.com","until":"2026-12-24T12:00:00Z"}`), 400)
	w.read(w.ask("stranger", "POST", car+"/grants", `{"email":"friend@example.com","until":"2026-12-24T12:00:00Z"}`), 201)
	assert.Equal(t, "granted", w.read(w.ask("friend", "GET", car, ""), 200)["relation"])
	w.read(w.ask("stranger", "PATCH", car+"/shadow/climate", `{"desired":{"seatHeating":3}}`), 409)
	assert.Empty(t, w.read(w.ask("stranger", "GET", car+"/shadow/climate", ""), 200)["desired"])
	require.NoError(t, w.cars.MarkRegistered(t.Context(), "1ACEV26S0TA000001", "acme", "1ACEV26S0TA000001", at))
	w.read(w.ask("stranger", "PATCH", car+"/shadow/climate", `{"desired":{"seatHeating":3}}`), 200)
	w.read(w.ask("dealer", "GET", car+"/location", ""), 403)
	w.read(w.ask("stranger", "PUT", car+"/consent/location", `{"until":"2026-11-30T12:00:00Z"}`), 200)
	assert.Contains(t, w.read(w.ask("dealer", "GET", car+"/location", ""), 404)["detail"], "has not said where", "it may, but there is nothing")

	// The owner hands it over: the next owner sees none of its data.
	etag := w.ask("stranger", "GET", car, "").Header().Get("ETag")
	w.read(w.ask("stranger", "PATCH", car, `{"nickname":"blue van"}`, "If-Match", etag), 200)
	w.clock = w.clock.Add(time.Hour)
	code = w.read(w.ask("stranger", "POST", car+"/claim-code", ""), 201)["code"].(string) // the response matches the contract
	taken := w.read(w.ask("owner", "POST", "/v1/claims", `{"vin":"1ACEV26S0TA000001","code":"`+code+`"}`), 201)
	assert.NotContains(t, taken, "nickname")
	assert.Equal(t, "2026-11-23T13:00:00Z", taken["ownedSince"])
	for _, former := range []string{"stranger", "friend"} {
		w.read(w.ask(former, "GET", car, ""), 404)
	}
	assert.Empty(t, w.read(w.ask("owner", "GET", car+"/grants", ""), 200)["items"])
	assert.NotContains(t, w.read(w.ask("owner", "GET", car+"/consent/location", ""), 200), "until")
	assert.Empty(t, w.read(w.ask("owner", "GET", car+"/shadow/climate", ""), 200)["desired"])

	w.read(w.ask("owner", "DELETE", car+"/owner", ""), 204)
	w.read(w.ask("owner", "GET", car, ""), 404)
	assert.Equal(t, false, w.read(w.ask("dealer", "GET", car, ""), 200)["owned"])
}

func TestAKeyHasACreationDoneOnce(t *testing.T) {
	w := newWhole(t, newPool(t))
	const path = "/v1/vehicles/" + string(theCar) + "/commands"
	first := w.ask("owner", "POST", path, `{"kind":"lock"}`, "Idempotency-Key", "k")
	again := w.ask("owner", "POST", path, `{"kind":"lock"}`, "Idempotency-Key", "k")
	assert.Equal(t, 202, first.Code)
	assert.Equal(t, first.Body.String(), again.Body.String())
	assert.Equal(t, first.Header().Get("Location"), again.Header().Get("Location"))
	assert.Len(t, w.sent, 1)
	w.read(w.ask("owner", "POST", path, `{"kind":"unlock"}`, "Idempotency-Key", "k"), 422)
	w.read(w.ask("friend", "POST", path, `{"kind":"unlock"}`, "Idempotency-Key", "k"), 202)
	assert.Len(t, w.sent, 2, "somebody else's key is another")

	// A failed request is not stored: it may be retried with the same key.
	const car = `{"vin":"1ACEV26S0TA000001"}`
	w.read(w.ask("operator", "POST", "/v1/vehicles", car, "Idempotency-Key", "c"), 400)
	w.read(w.ask("operator", "POST", "/v1/vehicles", strings.TrimSuffix(car, "}")+`,"manufacturerId":"acme"}`, "Idempotency-Key", "c"), 201)
	w.read(w.ask("operator", "POST", "/v1/vehicles", strings.TrimSuffix(car, "}")+`,"manufacturerId":"acme"}`), 409)
}

func TestAClaimCodeIsKeptNowhereInClear(t *testing.T) {
	w := newWhole(t, newPool(t))
	const path = "/v1/vehicles/" + string(theCar) + "/claim-code"
	first := w.read(w.ask("owner", "POST", path, "", "Idempotency-Key", "k"), 201)["code"]
	second := w.read(w.ask("owner", "POST", path, "", "Idempotency-Key", "k"), 201)["code"]
	assert.NotEqual(t, first, second, "an answer that comes again was kept")
}

// secrets matches the names of properties whose values may be credentials.
var secrets = regexp.MustCompile(`(?i)code|token|secret|password|key|credential`)

func TestAnswersThatAreKeptHoldNoSecret(t *testing.T) {
	harmless := []string{"nextToken", "dedupKey"}
	for path, item := range newPool(t).contract.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
				continue
			}
			for status, answer := range op.Responses.Map() {
				for _, content := range answer.Value.Content {
					for name := range content.Schema.Value.Properties {
						assert.False(t, secrets.MatchString(name) && !slices.Contains(harmless, name), "%s %s keeps %q of answer %s for a day", method, path, name, status)
					}
				}
			}
		}
	}
}

func TestAnOperatorEndsAnOwnership(t *testing.T) {
	w := newWhole(t, newPool(t))
	const car = "/v1/vehicles/" + string(theCar)
	w.read(w.ask("operator", "POST", car+"/owner/end", `{"reason":"no"}`), 400)
	code := w.read(w.ask("owner", "POST", car+"/claim-code", ""), 201)["code"].(string) // the response matches the contract
	w.read(w.ask("operator", "POST", car+"/owner/end", `{"reason":"stolen and recovered"}`), 204)
	w.read(w.ask("operator", "POST", car+"/owner/end", `{"reason":"stolen and recovered"}`), 409)
	w.read(w.ask("owner", "GET", car, ""), 404)
	w.read(w.ask("friend", "GET", car, ""), 404)
	w.read(w.ask("stranger", "POST", "/v1/claims", `{"vin":"`+string(theCar)+`","code":"`+code+`"}`), 400)
	ended := []any{map[string]any{"as": "operator", "by": "operator", "reason": "stolen and recovered", "at": "2026-11-23T12:00:00Z"}}
	for _, name := range []string{"operator", "maker"} {
		assert.Equal(t, ended, w.read(w.ask(name, "GET", car, ""), 200)["ownershipEndings"], name)
	}
	assert.NotContains(t, w.read(w.ask("dealer", "GET", car, ""), 200), "ownershipEndings")
}

func TestAFormerOwnersKeyGivesNoOldAnswers(t *testing.T) {
	w := newWhole(t, newPool(t))
	const path = "/v1/vehicles/" + string(theCar) + "/commands"
	w.read(w.ask("owner", "POST", path, `{"kind":"lock"}`, "Idempotency-Key", "k"), 202)
	w.read(w.ask("owner", "DELETE", "/v1/vehicles/"+string(theCar)+"/owner", ""), 204)
	w.read(w.ask("owner", "POST", path, `{"kind":"lock"}`, "Idempotency-Key", "k"), 404)
}

func TestChangesNeedTheVersionThatWasSeen(t *testing.T) {
	w := newWhole(t, newPool(t))
	const car = "/v1/vehicles/" + string(theCar)
	w.read(w.ask("owner", "PATCH", car, `{"nickname":"a"}`), 428)
	seen := w.ask("owner", "GET", car, "").Header().Get("ETag")
	changed := w.ask("owner", "PATCH", car, `{"nickname":"a"}`, "If-Match", seen)
	assert.Equal(t, "a", w.read(changed, 200)["nickname"])
	w.read(w.ask("maker", "PATCH", car, `{"dealerId":"berlin"}`, "If-Match", seen), 412)
	w.read(w.ask("maker", "PATCH", car, `{"dealerId":"berlin"}`, "If-Match", changed.Header().Get("ETag")), 200)
	w.read(w.ask("dealer", "GET", car, ""), 404)
	assert.Equal(t, "dealer", w.read(w.ask("otherDealer", "GET", car, ""), 200)["relation"])
	assert.Len(t, w.read(w.ask("otherDealer", "GET", "/v1/dealer/worklist", ""), 200)["items"], 1, "its faults go with it")

	const climate = car + "/shadow/climate"
	asked := w.ask("owner", "PATCH", climate, `{"desired":{"targetTemperatureC":21.5}}`, "If-Match", `"0"`)
	w.read(asked, 200)
	require.NoError(t, w.shadows.Report(theCar, shadow.Climate, map[string]any{"targetTemperatureC": 20}))
	w.read(w.ask("owner", "PATCH", climate, `{"desired":{"targetTemperatureC":22}}`, "If-Match", asked.Header().Get("ETag")), 412)
	refused := w.read(w.ask("owner", "PATCH", climate, `{"desired":{"targetTemperatureC":40,"seatHeating":9}}`), 400)
	assert.Len(t, refused["errors"], 2)
}

func TestEverybodySeesTheirCarsAPageAtATime(t *testing.T) {
	w := newWhole(t, newPool(t))
	for n := range 5 {
		v := vehicle.Vehicle{VIN: vin.VIN("WVWZZZ1JZXW00001" + strconv.Itoa(n)), Manufacturer: "acme", DealerID: "munich", Status: vehicle.Allowed, CreatedAt: at}
		if n < 2 {
			v.OwnerID = "owner"
		}
		require.NoError(t, w.cars.PutVehicle(t.Context(), v))
	}
	for name, want := range map[string]int{"owner": 3, "friend": 1, "formerFriend": 0, "dealer": 6, "otherDealer": 0, "nobodysDealer": 0, "maker": 6, "otherMaker": 0} {
		got, path := map[string]bool{}, "/v1/vehicles?limit=2"
		for range 10 {
			body := w.read(w.ask(name, "GET", path, ""), 200)
			for _, item := range body["items"].([]any) { // the response matches the contract
				got[item.(map[string]any)["vin"].(string)] = true // the response matches the contract
			}
			next, more := body["nextToken"].(string)
			if !more {
				break
			}
			path = "/v1/vehicles?limit=2&nextToken=" + next
		}
		assert.Len(t, got, want, name)
	}
}

func TestAPageBelongsToItsList(t *testing.T) {
	w := newWhole(t, newPool(t))
	const path = "/v1/vehicles/" + string(theCar)
	for range 2 {
		w.clock = w.clock.Add(time.Second)
		w.read(w.ask("owner", "POST", path+"/commands", `{"kind":"lock"}`), 202)
	}
	next := w.read(w.ask("owner", "GET", path+"/commands?limit=1", ""), 200)["nextToken"].(string) // the response matches the contract
	w.read(w.ask("owner", "GET", path+"/commands?limit=2&nextToken="+next, ""), 200)
	for why, ask := range map[string][2]string{
		"another list":         {"owner", path + "/trips?nextToken="},
		"another person's":     {"friend", path + "/commands?nextToken="},
		"with a filter more":   {"owner", path + "/diagnostics?status=OPEN&nextToken="},
		"a car's, for all":     {"owner", "/v1/alerts?nextToken="},
		"a list of other cars": {"owner", "/v1/vehicles?nextToken="},
	} {
		out := w.ask(ask[0], "GET", ask[1]+next, "")
		assert.Equal(t, 400, out.Code, why)
	}
}

func TestAnotherPersonsIDTokenGetsNoCars(t *testing.T) {
	w := newWhole(t, newPool(t))
	for _, idToken := range []string{"the ID token of friend", "no ID token whatsoever"} {
		w.read(w.ask("owner", "POST", "/v1/me/realtime", `{"idToken":"`+idToken+`"}`), 400)
	}
	assert.Equal(t, []any{string(theCar)}, w.read(w.ask("owner", "POST", "/v1/me/realtime", `{"idToken":"the ID token of owner"}`), 200)["vehicles"])
}

func TestARevokedCertificateIsCutOffOnce(t *testing.T) {
	w := newWhole(t, newPool(t))
	second, _, err := w.book.Raise(t.Context(), alert.Notice{VIN: string(theCar), Kind: alert.SecondCertificate, At: w.clock.Add(-time.Minute), Detail: "2"})
	require.NoError(t, err)
	const path = "/v1/vehicles/" + string(theCar) + "/certificates/"
	for range 2 {
		got := w.read(w.ask("maker", "POST", path+ofTheCar+"/revoke", `{"reason":"key lost"}`), 200)
		assert.Equal(t, "REVOKED", got["status"])
		assert.Equal(t, "key lost", got["reason"])
	}
	assert.Equal(t, []string{ofTheCar}, w.revoked)
	second, err = w.alerts.Alert(t.Context(), string(theCar), second.ID)
	require.NoError(t, err)
	assert.Equal(t, alert.Resolved, second.Status, "no second certificate is left")
	w.read(w.ask("maker", "POST", path+strings.Repeat("0b", 32)+"/revoke", `{"reason":"key lost"}`), 404)
}

func TestAFleetIsCounted(t *testing.T) {
	w := newWhole(t, newPool(t))
	for _, name := range []string{"maker", "dealer"} {
		sum := w.read(w.ask(name, "GET", "/v1/fleet/summary", ""), 200)
		assert.Equal(t, map[string]any{"counted": 1.0, "complete": true, "registered": 1.0, "connected": 1.0, "openFaults": 1.0, "openAlerts": 1.0,
			"byModel": []any{map[string]any{"make": "Acme", "model": "EV2", "vehicles": 1.0}}}, sum, name)
		top := w.read(w.ask(name, "GET", "/v1/fleet/diagnostics/top", ""), 200)["items"].([]any) // the response matches the contract
		require.Len(t, top, 1)
		assert.Equal(t, "P0301", top[0].(map[string]any)["code"]) // the response matches the contract
	}
	assert.Equal(t, 0.0, w.read(w.ask("otherMaker", "GET", "/v1/fleet/summary", ""), 200)["counted"])
}

func TestAFaultIsSeenAndClearedByTheIDOfTheList(t *testing.T) {
	w := newWhole(t, newPool(t))
	const path = "/v1/vehicles/" + string(theCar) + "/diagnostics"
	first := func(query string) map[string]any {
		items := w.read(w.ask("dealer", "GET", path+query, ""), 200)["items"].([]any) // the response matches the contract
		require.Len(t, items, 1)
		return items[0].(map[string]any) // the response matches the contract
	}
	id := first("?status=OPEN")["diagnosticId"].(string) // the response matches the contract
	assert.Equal(t, "P0301.ECM", id)
	assert.Equal(t, "owner", w.read(w.ask("owner", "POST", path+"/"+id+"/acknowledge", ""), 200)["acknowledgedBy"])
	assert.Equal(t, "CLOSED", w.read(w.ask("dealer", "POST", path+"/"+id+"/clear", ""), 200)["status"])
	over := first("?status=CLOSED")["diagnosticId"].(string) // the response matches the contract
	for _, none := range []string{id, over, "P0302.ECM"} {
		w.read(w.ask("dealer", "POST", path+"/"+none+"/clear", ""), 409)
	}
}
