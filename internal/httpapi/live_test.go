package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/command"
	"connectedcar/internal/domain/presence"
	"connectedcar/internal/domain/shadow"
	"connectedcar/internal/domain/telemetry"
	"connectedcar/internal/domain/timeseries"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/testing/memory"
	"connectedcar/internal/vin"
)

func clock() time.Time { return at.Add(4 * time.Second) }

func may(yes bool) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return yes, nil }
}

// parked returns the state of a car whose last position is an hour old, and which reports its speed now.
func parked(t *testing.T) *httpapi.States {
	t.Helper()
	states, connections := &memory.States{}, &memory.Presences{}
	hourAgo := at.Add(-time.Hour).UnixMilli()
	require.NoError(t, states.PutState(t.Context(), &vehicle.State{
		VIN: theCar, Newest: vehicle.Source{At: at.UnixMilli(), TripID: "01JD0W2V6X9Q1Z3A5B7C9D1E3F"},
		Signals: map[string]vehicle.Reading{
			telemetry.Speed:     {Value: telemetry.Number(48.5), At: at.UnixMilli()},
			telemetry.FuelLevel: {Value: telemetry.Null, At: at.UnixMilli()},
			telemetry.Latitude:  {Value: telemetry.Number(48.137), At: hourAgo}, telemetry.Longitude: {Value: telemetry.Number(11.576), At: hourAgo},
			telemetry.Heading: {Value: telemetry.Number(90), At: hourAgo}, telemetry.Altitude: {Value: telemetry.Number(520), At: hourAgo - 1},
		},
	}))
	require.NoError(t, connections.PutPresence(t.Context(), presence.State{VIN: theCar, Connected: true, Since: at.Add(-time.Hour), LastSeen: at}))
	return &httpapi.States{Store: states, Connections: connections, SeesPositions: may(true), Now: clock}
}

// said returns a response as it is sent: its status and decoded body.
func said(t *testing.T, visit func(*httptest.ResponseRecorder) error) (int, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, visit(w))
	var body map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body), w.Body.String())
	return w.Code, body
}

func TestTheStateOfACar(t *testing.T) {
	h := parked(t)
	for name, tc := range map[string]struct {
		relation  authz.Relation
		since     time.Time
		positions bool
		signals   int
		connected bool // whether the response has the time of the connection
		trip      bool
	}{
		"its owner sees all": {authz.Owns, at.Add(-2 * time.Hour), true, 6, true, true},
		"a new owner sees nothing of before, not where it was bought": {authz.Owns, at.Add(-time.Minute), true, 2, false, true},
		"its dealer sees no positions and no trip":                    {authz.LooksAt, time.Time{}, false, 2, true, false},
		"its dealer who was let sees where it is":                     {authz.LooksAt, time.Time{}, true, 6, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			h.Visit, h.SeesPositions = as(tc.relation, tc.since), may(tc.positions)
			out, err := h.GetState(t.Context(), oapi.GetStateRequestObject{})
			require.NoError(t, err)
			code, body := said(t, func(w *httptest.ResponseRecorder) error { return out.VisitGetStateResponse(w) })
			assert.Equal(t, 200, code)
			signals := body["signals"].(map[string]any) // a panic here fails the test
			assert.Len(t, signals, tc.signals)
			assert.Equal(t, map[string]any{"value": 48.5, "unit": "km/h", "at": "2026-11-23T12:00:00Z"}, signals[telemetry.Speed])
			assert.NotContains(t, signals[telemetry.FuelLevel], "value", "an invalid sensor says nothing")
			assert.Equal(t, tc.connected, body["connectedSince"] != nil)
			assert.Equal(t, tc.trip, body["tripId"] != nil)
			assert.InDelta(t, 4, body["ageS"], 0.001)
			assert.Equal(t, true, body["connected"])
		})
	}
}

func TestACarThatNeverReportedHasAnEmptyState(t *testing.T) {
	h := &httpapi.States{Store: &memory.States{}, Connections: &memory.Presences{}, SeesPositions: may(true), Visit: as(authz.Owns, at), Now: clock}
	out, err := h.GetState(t.Context(), oapi.GetStateRequestObject{})
	require.NoError(t, err)
	_, body := said(t, func(w *httptest.ResponseRecorder) error { return out.VisitGetStateResponse(w) })
	assert.Equal(t, map[string]any{"vin": string(theCar), "connected": false, "signals": map[string]any{}}, body)
	_, err = h.GetLocation(t.Context(), oapi.GetLocationRequestObject{})
	assert.Equal(t, errs.NotFound, errs.Of(err))
}

func TestWhereACarIs(t *testing.T) {
	h := parked(t)
	h.Visit = as(authz.Owns, at.Add(-2*time.Hour))
	out, err := h.GetLocation(t.Context(), oapi.GetLocationRequestObject{})
	require.NoError(t, err)
	_, body := said(t, func(w *httptest.ResponseRecorder) error { return out.VisitGetLocationResponse(w) })
	assert.Equal(t, map[string]any{"latitude": 48.137, "longitude": 11.576, "heading": 90.0, "at": "2026-11-23T11:00:00Z"}, body, "an altitude of before is not this place's")

	h.Visit = as(authz.Owns, at.Add(-time.Minute))
	_, err = h.GetLocation(t.Context(), oapi.GetLocationRequestObject{})
	assert.Equal(t, errs.NotFound, errs.Of(err), "where the former owner left it")
}

func telemetryOf(t *testing.T) *httpapi.Telemetry {
	t.Helper()
	history := &memory.History{}
	for n := range 60 {
		_, err := history.PutRows(t.Context(), []telemetry.Row{{VIN: theCar, At: at.Add(time.Duration(n-60) * time.Minute), TripID: "01JD0W2V6X9Q1Z3A5B7C9D1E3F",
			Signals: telemetry.Signals{telemetry.Speed: telemetry.Number(float64(n)), telemetry.Latitude: telemetry.Number(48)}}})
		require.NoError(t, err)
	}
	return &httpapi.Telemetry{Series: timeseries.Reader{History: history, Retention: 24 * time.Hour, Now: clock}, SeesPositions: may(true), Now: clock, State: &memory.States{}}
}

func TestASignalThatNobodyKnowsIsRefusedByName(t *testing.T) {
	h := telemetryOf(t)
	h.Visit = as(authz.Owns, at.Add(-24*time.Hour))
	state := vehicle.NewState(theCar)
	state.Signals["Vehicle.Acme.Mode"] = vehicle.Reading{Value: telemetry.Text("eco"), At: at.UnixMilli()}
	require.NoError(t, h.State.(*memory.States).PutState(t.Context(), state))
	for name, known := range map[string]bool{"Vehicle.Sped": false, "vehicle.speed": false, "Vehicle.Speed": true, "Vehicle.Acme.Mode": true} {
		_, err := h.GetTelemetry(t.Context(), oapi.GetTelemetryRequestObject{Params: oapi.GetTelemetryParams{Signals: &name}})
		if known {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, name+" is neither a known signal nor one that the car has sent")
	}
}

func samples(t *testing.T, h *httpapi.Telemetry, p oapi.GetTelemetryParams) oapi.GetTelemetry200JSONResponse {
	t.Helper()
	out, err := h.GetTelemetry(t.Context(), oapi.GetTelemetryRequestObject{Params: p})
	require.NoError(t, err)
	return out.(oapi.GetTelemetry200JSONResponse) // the only successful response
}

func TestTelemetryIsOfWhoAsks(t *testing.T) {
	h := telemetryOf(t)
	text := func(s string) *string { return &s }
	when := func(d time.Duration) *time.Time { t := at.Add(d); return &t }
	for name, tc := range map[string]struct {
		relation  authz.Relation
		since     time.Time
		positions bool
		params    oapi.GetTelemetryParams
		want      int
		signals   int
		trip      bool
	}{
		"the last hour, to its owner":              {authz.Owns, at.Add(-24 * time.Hour), true, oapi.GetTelemetryParams{}, 59, 2, true},
		"nothing of before the car was theirs":     {authz.Owns, at.Add(-10 * time.Minute), true, oapi.GetTelemetryParams{From: when(-time.Hour)}, 10, 2, true},
		"a time that ended before it was theirs":   {authz.Owns, at.Add(-10 * time.Minute), true, oapi.GetTelemetryParams{From: when(-time.Hour), To: when(-30 * time.Minute)}, 0, 0, false},
		"without positions, to its dealer":         {authz.LooksAt, time.Time{}, false, oapi.GetTelemetryParams{From: when(-time.Hour)}, 60, 1, false},
		"positions that a dealer asks for by name": {authz.LooksAt, time.Time{}, false, oapi.GetTelemetryParams{Signals: text(telemetry.Latitude)}, 0, 0, false},
		"one signal, named twice":                  {authz.Owns, time.Time{}, true, oapi.GetTelemetryParams{Signals: text(telemetry.Speed + ", ," + telemetry.Speed)}, 59, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			h.Visit, h.SeesPositions = as(tc.relation, tc.since), may(tc.positions)
			got := samples(t, h, tc.params)
			require.Len(t, got.Items, tc.want)
			assert.NotNil(t, got.Items)
			for _, s := range got.Items {
				assert.Len(t, s.Signals, tc.signals)
				assert.Equal(t, tc.trip, s.TripId != nil)
			}
		})
	}
}

func TestPagesOfTelemetryGoOnWhileTheClockDoes(t *testing.T) {
	h := telemetryOf(t)
	h.Visit = as(authz.Owns, at.Add(-24*time.Hour))
	limit, got := 10, 0
	p := oapi.GetTelemetryParams{Limit: &limit}
	for {
		out := samples(t, h, p)
		got += len(out.Items)
		h.Now = func() time.Time { return clock().Add(time.Duration(got) * time.Minute) }
		if p.NextToken = out.NextToken; p.NextToken == nil {
			break
		}
	}
	assert.Equal(t, 59, got)
}

func TestQuestionsAboutTelemetryThatMakeNoSense(t *testing.T) {
	h := telemetryOf(t)
	h.Visit = as(authz.Owns, time.Time{})
	from, to, many, token := at, at.Add(-time.Hour), strings.Join(numbered(60), ","), "eyJ2aW4iOiJ4In0"
	for name, p := range map[string]oapi.GetTelemetryParams{
		"the end before the start": {From: &from, To: &to},
		"too many signals":         {Signals: &many},
		"another list's page":      {NextToken: &token},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.GetTelemetry(t.Context(), oapi.GetTelemetryRequestObject{Params: p})
			assert.Equal(t, errs.Invalid, errs.Of(err))
			assert.ErrorContains(t, err, "allowed")
		})
	}
}

func numbered(n int) (out []string) {
	for i := range n {
		out = append(out, "Vehicle.P"+string(rune('0'+i/10))+string(rune('0'+i%10)))
	}
	return out
}

func TestAShadowIsAskedForAndRead(t *testing.T) {
	store := &memory.Shadows{Now: func() time.Time { return at }}
	h := &httpapi.Shadows{Store: store, Connections: &memory.Presences{}, Visit: as(authz.Owns, at), Now: clock}
	read := func() map[string]any {
		out, err := h.GetShadow(t.Context(), oapi.GetShadowRequestObject{Name: "climate"})
		require.NoError(t, err)
		_, body := said(t, func(w *httptest.ResponseRecorder) error { return out.VisitGetShadowResponse(w) })
		return body
	}
	none := map[string]any{}
	assert.Equal(t, map[string]any{"name": "climate", "version": 0.0, "connected": false, "desired": none, "reported": none, "delta": none}, read())

	update := func(ifMatch string, desired map[string]any) (oapi.UpdateShadowResponseObject, error) {
		in := oapi.UpdateShadowRequestObject{Name: "climate", Body: &oapi.UpdateShadowJSONRequestBody{Desired: desired}}
		if ifMatch != "" {
			in.Params.IfMatch = &ifMatch
		}
		return h.UpdateShadow(t.Context(), in)
	}
	out, err := update(`"0"`, map[string]any{"targetTemperatureC": 21.5})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	require.NoError(t, out.VisitUpdateShadowResponse(w))
	assert.Equal(t, `"1"`, w.Header().Get("ETag"))
	require.NoError(t, store.Report(theCar, shadow.Climate, map[string]any{"targetTemperatureC": 20}))
	assert.Equal(t, map[string]any{"name": "climate", "version": 2.0, "connected": false, "at": "2026-11-23T12:00:00Z", "ageS": 4.0,
		"desired": map[string]any{"targetTemperatureC": 21.5}, "reported": map[string]any{"targetTemperatureC": 20.0},
		"delta": map[string]any{"targetTemperatureC": 21.5}}, read())

	_, err = update(`"1"`, map[string]any{"targetTemperatureC": 22.0})
	require.ErrorIs(t, err, shadow.ErrChanged)
	_, err = update("", map[string]any{"targetTemperatureC": 12.0})
	assert.Equal(t, errs.Invalid, errs.Of(err))
	for _, tag := range []string{"2", `W/"2"`, `"-2"`, `"two"`, `*`} {
		_, err = update(tag, map[string]any{"targetTemperatureC": 22.0})
		assert.Equal(t, errs.Invalid, errs.Of(err), tag)
	}
	_, err = update("", map[string]any{"targetTemperatureC": nil})
	require.NoError(t, err, "without If-Match the newest word wins")
	assert.Equal(t, none, read()["desired"])
}

// sender stores the commands that it is given, or fails if it is broken.
type sender struct {
	store *memory.Commands
	as    string
	err   error
}

func (s *sender) Send(ctx context.Context, v vin.VIN, kind command.Kind, parameters map[string]any, by, as string) (command.Command, error) {
	s.as = as
	c := command.Command{VIN: v, ID: "01JD0W2V6X9Q1Z3A5B7C9D1E3F", Kind: kind, Parameters: parameters, Status: command.Sent, IssuedAt: at, ExpiresAt: at.Add(time.Minute), IssuedBy: by, IssuedAs: as}
	if s.err != nil {
		return c, s.err
	}
	return c, s.store.PutCommand(ctx, c)
}

func TestCommandsAreSentAndFollowed(t *testing.T) {
	store := &memory.Commands{}
	s := &sender{store: store}
	now := at
	h := &httpapi.Commands{Store: store, Sender: s, Visit: as(authz.Borrows, at.Add(-time.Hour)), Now: func() time.Time { return now }}
	out, err := h.SendCommand(t.Context(), oapi.SendCommandRequestObject{Body: &oapi.SendCommandJSONRequestBody{Kind: "lock"}})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	require.NoError(t, out.VisitSendCommandResponse(w))
	assert.Equal(t, 202, w.Code)
	assert.Equal(t, "/v1/vehicles/"+string(theCar)+"/commands/01JD0W2V6X9Q1Z3A5B7C9D1E3F", w.Header().Get("Location"))
	assert.Equal(t, "driver", s.as)

	read := oapi.GetCommandRequestObject{CommandId: "01JD0W2V6X9Q1Z3A5B7C9D1E3F"}
	got, err := h.GetCommand(t.Context(), read)
	require.NoError(t, err)
	assert.Equal(t, oapi.CommandStatus("SENT"), got.(oapi.GetCommand200JSONResponse).Status)
	now = at.Add(time.Minute)
	list, err := h.ListCommands(t.Context(), oapi.ListCommandsRequestObject{})
	require.NoError(t, err)
	require.Len(t, list.(oapi.ListCommands200JSONResponse).Items, 1)
	assert.Equal(t, oapi.CommandStatus("TIMED_OUT"), list.(oapi.ListCommands200JSONResponse).Items[0].Status, "nobody answered")

	h.Visit = as(authz.Owns, at.Add(time.Millisecond))
	_, err = h.GetCommand(t.Context(), read)
	assert.Equal(t, errs.NotFound, errs.Of(err), "what the former owner told the car")
	list, err = h.ListCommands(t.Context(), oapi.ListCommandsRequestObject{})
	require.NoError(t, err)
	assert.Empty(t, list.(oapi.ListCommands200JSONResponse).Items)
	assert.NotNil(t, list.(oapi.ListCommands200JSONResponse).Items)

	s.err = errs.As(errs.Unavailable, context.DeadlineExceeded)
	_, err = h.SendCommand(t.Context(), oapi.SendCommandRequestObject{Body: &oapi.SendCommandJSONRequestBody{Kind: "lock"}})
	assert.Equal(t, errs.Unavailable, errs.Of(err))
}
