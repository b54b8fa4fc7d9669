package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/alert"
	"connectedcar/internal/domain/anomaly"
	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/certificate"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/diagnostic"
	"connectedcar/internal/domain/diagnostic/dtc"
	"connectedcar/internal/domain/healthreport"
	"connectedcar/internal/domain/idempotency"
	"connectedcar/internal/domain/ingest"
	"connectedcar/internal/domain/notification/preference"
	"connectedcar/internal/domain/ownership"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/realtime"
	"connectedcar/internal/domain/registration"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/trip"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/token"
	"connectedcar/internal/vin"
)

const (
	anID = "01JD0W2V6X9Q1Z3A5B7C9D1E3F"
	// ofTheCar is the id of the car's certificate.
	ofTheCar = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
)

// whole is the API with all its dependencies in memory.
type whole struct {
	t       testing.TB
	tokens  func(name string) string
	cars    *memory.Ownership
	states  *memory.States
	shadows *memory.Shadows
	trips   *memory.Trips
	faults  *memory.Diagnostics
	history *memory.History
	told    *memory.Commands
	certs   *memory.Certificates
	reports *memory.HealthReports
	// diagnostics takes what the car reports.
	diagnostics *diagnostic.Service
	alerts      *memory.Alerts
	book        *alert.Service
	keeper      *ownership.Service
	sent        []string          // commands, as cars get them
	revoked     []string          // certificates
	texts       map[string]string // by number
	clock       time.Time
	handler     http.Handler
	doc         *openapi3.T
}

func (w *whole) now() time.Time { return w.clock }

// Stand-ins for the outside: cars that receive commands, AWS IoT's registry, phones, people's addresses and identities.

func (w *whole) SendCommand(_ context.Context, _ vin.VIN, _ string, message []byte) error {
	w.sent = append(w.sent, string(message))
	return nil
}

func (w *whole) SetStatus(_ context.Context, id string, _ registration.Status) error {
	w.revoked = append(w.revoked, id)
	return nil
}

func (w *whole) Text(_ context.Context, number, message string) error {
	w.texts[number] = message
	return nil
}

func (*whole) ByEmail(_ context.Context, email string) (string, error) {
	name, _, _ := strings.Cut(email, "@")
	if name == "nobody" {
		return "", ownership.ErrNobody
	}
	return name, nil
}

func (*whole) IdentityID(context.Context, string) (string, error) {
	return "eu-central-1:identity", nil
}

func (*whole) Recompute(context.Context, string, ...vin.VIN) error { return nil }

func (*whole) Attach(_ context.Context, _, identity string) (realtime.Access, error) {
	return realtime.Access{IdentityID: identity, ClientID: identity, Cars: []vin.VIN{theCar}, Filters: []string{"dt/cars/{vin}/telemetry"}}, nil
}

// idTokens accepts a user's name as their ID token.
type idTokens struct{}

func (idTokens) Verify(_ context.Context, raw string) (authz.Principal, error) {
	name, ok := strings.CutPrefix(raw, "the ID token of ")
	if !ok {
		return authz.Principal{}, errs.As(errs.Denied, token.ErrInvalid)
	}
	return authz.Principal{ID: name}, nil
}

// newWhole returns a whole with the car of the matrix, and some data in every store.
func newWhole(t testing.TB, p *pool) *whole {
	t.Helper()
	w := &whole{
		t: t, tokens: func(name string) string { return p.token(name) }, cars: &memory.Ownership{}, states: &memory.States{}, alerts: &memory.Alerts{},
		texts: map[string]string{}, clock: at, doc: p.contract,
	}
	w.shadows = &memory.Shadows{Now: w.now}
	authorizer, err := authz.New()
	require.NoError(t, err)
	w.handler = httpapi.New(httpapi.Config{
		Tokens: p.verifier(), Access: authorizer, Cars: w.cars, Once: &idempotency.Service{Store: &memory.Onces{}, Now: w.now}, Operations: w.operations(authorizer),
		Log: slog.New(slog.DiscardHandler), Metrics: io.Discard, Now: w.now, Function: "api",
	})
	return w
}

func (w *whole) operations(authorizer *authz.Authorizer) httpapi.API {
	visit, positions := httpapi.VisitOf, httpapi.SeesPositions(authorizer, w.now)
	connections, history, trips, faults := &memory.Presences{}, &memory.History{}, &memory.Trips{}, &memory.Diagnostics{}
	w.trips, w.faults = trips, faults
	commands, certificates, reports, preferences := &memory.Commands{}, &memory.Certificates{}, &memory.HealthReports{}, &memory.Preferences{}
	w.book = alert.NewService(w.alerts, w.cars)
	diagnostics := diagnostic.NewService(faults, w.cars, w.book, dtc.Builtin())
	w.diagnostics = diagnostics
	w.keeper = &ownership.Service{
		Store: w.cars, People: w, Listeners: w, Random: rand.Reader, Now: w.now, Erasers: []ownership.Eraser{shadow.Personal{Store: w.shadows}, trips, faults, ingest.PersonalStates{Store: w.states}},
	}
	sender := &command.Service{Store: commands, Publisher: w, Random: rand.Reader, Now: w.now, NewID: func(at time.Time, random io.Reader) (string, error) {
		id, err := ulid.New(ulid.Timestamp(at), random)
		return id.String(), err
	}}
	w.history, w.told, w.certs, w.reports = history, commands, certificates, reports
	w.seed(connections, history, trips, commands, certificates, reports, diagnostics)
	return httpapi.API{
		Alerts: &httpapi.Alerts{Store: w.alerts, Service: w.book, Cars: w.cars, Visit: visit, Principal: httpapi.PrincipalOf, Now: w.now,
			Feedback: &anomaly.Feedback{Store: w.states, Now: w.now}},
		Certificates: &httpapi.Certificates{Store: certificates, Registry: w, Alerts: w.book, Visit: visit, Now: w.now},
		Commands:     &httpapi.Commands{Store: commands, Sender: sender, Visit: visit, Now: w.now},
		Diagnostics:  &httpapi.Diagnostics{Cars: w.cars, Store: faults, Service: diagnostics, Visit: visit, Now: w.now},
		Fleet:        &httpapi.Fleet{Cars: w.cars, Connections: connections, Faults: faults, Alerts: w.alerts, Principal: httpapi.PrincipalOf},
		HealthReports: &httpapi.HealthReports{Visit: visit, Service: &healthreport.Reporter{
			Store: reports, Cars: w.cars, Signals: w.states, Faults: faults, Samples: history, Asker: sender, Wait: time.Minute, Now: w.now,
			NewID: func(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String() }, Log: slog.New(slog.DiscardHandler),
		}},
		Me:        &httpapi.Me{Principal: httpapi.PrincipalOf},
		Ownership: &httpapi.Ownership{Service: w.keeper, Store: w.cars, Visit: visit, Now: w.now},
		Preferences: &httpapi.Preferences{Store: preferences, Visit: visit, Phones: &preference.Verifier{
			Challenges: &memory.Challenges{}, Countries: preference.Countries{"+": 100}, Store: preferences, Texter: w, Random: rand.Reader, Now: w.now,
		}},
		Realtime:  &httpapi.Realtime{IDTokens: idTokens{}, Identities: w, Access: w, Visit: visit, Region: "eu-central-1"},
		Shadows:   &httpapi.Shadows{Store: w.shadows, Connections: connections, Visit: visit, Now: w.now},
		States:    &httpapi.States{Store: w.states, Connections: connections, Visit: visit, SeesPositions: positions, Now: w.now},
		Telemetry: &httpapi.Telemetry{Series: timeseries.Reader{History: history, Retention: 24 * time.Hour, Now: w.now}, Visit: visit, SeesPositions: positions, Now: w.now, State: w.states},
		Trips:     &httpapi.Trips{Store: trips, Samples: history, Visit: visit},
		Vehicles:  &httpapi.Vehicles{Store: w.cars, Faults: diagnostics, Alerts: w.book, Makers: vehicle.Makers{"9XX": "elsewhere"}, Visit: visit, Principal: httpapi.PrincipalOf, Now: w.now},
	}
}

// seed writes some data of the car into every store.
func (w *whole) seed(connections *memory.Presences, history *memory.History, trips *memory.Trips, commands *memory.Commands,
	certificates *memory.Certificates, reports *memory.HealthReports, diagnostics *diagnostic.Service,
) {
	t, ctx, before := w.t, w.t.Context(), at.Add(-10*time.Minute)
	require.NoError(t, w.cars.PutVehicle(ctx, vehicle.Vehicle{
		VIN: theCar, Manufacturer: "acme", Make: "Acme", Model: "EV2", ModelYear: 2026, Powertrain: "ELECTRIC", DealerID: "munich", OwnerID: "owner",
		OwnedSince: at.Add(-time.Hour), Status: vehicle.Registered, ThingName: string(theCar), CreatedAt: at.AddDate(0, -1, 0), RegisteredAt: at.AddDate(0, -1, 0),
	}))
	for user, until := range map[string]time.Time{"friend": at.Add(time.Hour), "formerFriend": at} {
		require.NoError(t, w.cars.PutGrant(ctx, ownership.Grant{VIN: theCar, UserID: user, GrantedBy: "owner", GrantedAt: at.Add(-time.Hour), Until: until}))
	}
	signals := telemetry.Signals{telemetry.Speed: telemetry.Number(48.5), telemetry.Latitude: telemetry.Number(48.137), telemetry.Longitude: telemetry.Number(11.576), heartRate: telemetry.Number(72)}
	state := vehicle.NewState(theCar)
	state.Apply(telemetry.Received{IngestedAt: before.UnixMilli(), Message: telemetry.Message{TS: before, Seq: 1, BootID: "b", TripID: anID, Signals: signals}})
	require.NoError(t, w.states.PutState(ctx, state))
	require.NoError(t, connections.PutPresence(ctx, presence.State{VIN: theCar, Connected: true, Since: before, LastSeen: before}))
	_, err := history.PutRows(ctx, []telemetry.Row{{VIN: theCar, At: before, Seq: 1, TripID: anID, Signals: signals}})
	require.NoError(t, err)
	_, err = trips.PutTrip(ctx, trip.Trip{VIN: theCar, ID: anID, Source: trip.ByCar, StartedAt: before.Add(-time.Minute), EndedAt: before.Add(time.Minute),
		Start: &trip.Place{Latitude: 48.1, Longitude: 11.5}})
	require.NoError(t, err)
	require.NoError(t, commands.PutCommand(ctx, command.Command{VIN: theCar, ID: anID, Kind: command.Diagnose, Status: command.Succeeded, IssuedAt: before,
		ExpiresAt: before.Add(time.Minute), IssuedBy: "owner", IssuedAs: "driver"}))
	require.NoError(t, certificates.PutRecord(ctx, certificate.Record{VIN: string(theCar), CertificateID: ofTheCar, Status: certificate.Active, RegisteredAt: before}))
	require.NoError(t, reports.PutPending(ctx, healthreport.Report{VIN: theCar, ID: anID, Progress: healthreport.Pending, RequestedAt: before}))
	_, err = reports.PutReady(ctx, healthreport.Report{VIN: theCar, ID: anID, Progress: healthreport.Ready, Source: healthreport.ByCar, TS: before, Systems: map[healthreport.System]healthreport.Status{healthreport.Engine: healthreport.OK}})
	require.NoError(t, err)
	_, err = diagnostics.Handle(ctx, diagnostic.Received{VIN: theCar, IngestedAt: before, Message: diagnostic.Message{
		ID: alert.ID(before, "m"), TS: before, Seq: 1, Kind: diagnostic.Set,
		Codes: []diagnostic.Reported{{Fault: dtc.Fault{Code: 0x0301}, ECU: "ECM", Status: dtc.Confirmed}},
	}})
	require.NoError(t, err)
}

// anAnomaly raises an alert of an unusual value and returns its id.
func (w *whole) anAnomaly() string {
	const path = telemetry.EngineCoolant
	a, _, err := w.book.Raise(w.t.Context(), alert.Notice{
		VIN: string(theCar), Kind: alert.Anomaly(path), DedupKey: "anomaly." + path + "#unusual0", At: w.clock,
	})
	require.NoError(w.t, err)
	return a.ID
}

// anAlert returns the id of the car's newest alert.
func (w *whole) anAlert() string {
	list, err := w.alerts.OfVehicle(w.t.Context(), string(theCar), alert.Filter{}, pageOfOne)
	require.NoError(w.t, err)
	require.Len(w.t, list.Items, 1)
	return list.Items[0].ID
}

// ask sends a request as a user, validates the response against the contract, and returns it. headers are names and values in turn.
func (w *whole) ask(name, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.tokens(name))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, r)
	w.hold(r, out)
	return out
}

// hold validates a response against the contract: its status, its body and its headers.
func (w *whole) hold(r *http.Request, out *httptest.ResponseRecorder) {
	w.t.Helper()
	route := w.route(r)
	response := route.Operation.Responses.Value(strconv.Itoa(out.Code))
	require.NotNil(w.t, response, "%s answers %d, which the contract lacks: %s", route.Operation.OperationID, out.Code, out.Body)
	if out.Code < http.StatusBadRequest {
		for name := range response.Value.Headers {
			assert.NotEmpty(w.t, out.Header().Get(name), "%s of %s", name, route.Operation.OperationID)
		}
	}
	if len(response.Value.Content) == 0 {
		assert.Empty(w.t, out.Body.String(), route.Operation.OperationID)
		return
	}
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route}, Status: out.Code, Header: out.Header(),
		Body: io.NopCloser(bytes.NewReader(out.Body.Bytes())), Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	assert.NoError(w.t, err, "%s: %s", route.Operation.OperationID, out.Body)
}

// route returns the operation of a request by the contract's paths; a path without parameters takes precedence.
func (w *whole) route(r *http.Request) *routers.Route {
	w.t.Helper()
	var found *routers.Route
	for path, item := range w.doc.Paths.Map() {
		op := item.GetOperation(r.Method)
		if op == nil || !matches(path, r.URL.Path) || found != nil && strings.Contains(path, "{") {
			continue
		}
		found = &routers.Route{Spec: w.doc, Path: path, PathItem: item, Method: r.Method, Operation: op}
	}
	require.NotNil(w.t, found, "%s %s is not in the contract", r.Method, r.URL.Path)
	return found
}

func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for n := range want {
		if want[n] != got[n] && !strings.HasPrefix(want[n], "{") {
			return false
		}
	}
	return true
}

// read decodes a response, which must have that status.
func (w *whole) read(out *httptest.ResponseRecorder, status int) map[string]any {
	w.t.Helper()
	require.Equal(w.t, status, out.Code, out.Body.String())
	if out.Body.Len() == 0 {
		return nil
	}
	var body map[string]any
	require.NoError(w.t, json.Unmarshal(out.Body.Bytes(), &body))
	return body
}

// heartRate is a signal that the catalogue lacks.
const heartRate = "Vehicle.Driver.HeartRate"

func TestWhoDoesNotDriveSeesTechnicalSignalsAlone(t *testing.T) {
	w := newWhole(t, newPool(t))
	for name, drives := range map[string]bool{"owner": true, "friend": true, "dealer": false, "maker": false, "operator": false} {
		for _, path := range []string{"/state", "/telemetry", "/telemetry?signals=" + heartRate, "/telemetry?interval=60"} {
			out := w.ask(name, "GET", "/v1/vehicles/"+string(theCar)+path, "")
			w.read(out, 200)
			assert.Equal(t, drives, strings.Contains(out.Body.String(), heartRate), "%s of %s", path, name)
			if !drives {
				assert.NotContains(t, out.Body.String(), "CurrentLocation", "%s of %s", path, name)
			}
		}
	}
}
